import { isObject } from '../contract/json.ts'
import type { Outcome } from '../contract/protocol.ts'
import type { DirectoryEntry } from './directory.ts'
import { readResource } from './resource-reading.ts'

/** Of one conversation; the oldest are forgotten. */
const maxLinks = 1_000

export type Links = ReadonlyMap<string, DirectoryEntry>

/** With what an answer of this server links to, where its resources may be read. A stranger's link hides nobody else's. */
export function withLinks(links: Links, server: DirectoryEntry | undefined, outcome: Outcome): Links {
  if (!server?.options.resources || !outcome.ok) return links
  const uris = outcome.content.flatMap(({ type, uri }) =>
    type === 'resource_link' && typeof uri === 'string' ? [uri] : [],
  )
  if (uris.length === 0) return links
  const all = new Map(links)
  for (const uri of uris) {
    all.delete(uri)
    all.set(uri, server)
  }
  return new Map([...all].slice(-maxLinks))
}

/** Who named the resource that a call wants to read, if it is such a call. Its arguments are any program's or model's. */
export function linkedBy(links: Links, functionName: string, args: unknown): DirectoryEntry | undefined {
  if (functionName !== readResource.name || !isObject(args)) return undefined
  return typeof args.uri === 'string' ? links.get(args.uri) : undefined
}
