import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ServerDefinition } from '../../config/definition.ts'
import { capabilities } from './client.ts'

/** The answer to `roots/list`. */
export interface RootList {
  [key: string]: unknown
  roots: { uri: string; name: string }[]
}

/** The folders that a server on this machine may know of; nothing where it is given none. */
export function rootsOf({ options: { roots }, target }: ServerDefinition): RootList | undefined {
  if (roots === undefined || target.kind !== 'stdio') return undefined
  return { roots: roots.map((folder) => ({ uri: pathToFileURL(folder).href, name: basename(folder) })) }
}

export function capabilitiesFor(definition: ServerDefinition) {
  return rootsOf(definition) === undefined ? capabilities : { ...capabilities, roots: {} }
}
