import { existsSync, realpathSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type ConfigurationFile, findServers } from '../../config/file.ts'
import { SwitchboardError } from '../../contract/errors.ts'
import { clientNames, type Place } from './places.ts'

/** A file of a client that is there. */
export interface FoundFile {
  /** `Cursor`, or the path of a file that was named. */
  from: string
  file: string
  scope: Place['scope']
  servers: FoundServer[]
  /** Why it cannot be read. */
  problem?: string
}

export interface FoundServer {
  name: string
  /** As it is written. */
  raw: unknown
  isDisabled: boolean
  source: Omit<ConfigurationFile, 'servers'>
  from: string
  scope: Place['scope']
}

const disabledSchema = z.looseObject({ disabled: z.literal(true) })

/** What stands in those of the places that are there; the same place is read once. */
export function findFiles(places: readonly Place[], folder: string): FoundFile[] {
  const seen = new Set<string>()
  return places.flatMap(({ client, file, scope }) => {
    if (!existsSync(file)) return []
    const real = realpathSync(file)
    if (seen.has(real)) return []
    seen.add(real)
    const from = clientNames[client]
    try {
      return [readServers(file, from, scope, folder)]
    } catch (error) {
      if (!(error instanceof SwitchboardError)) throw error
      return [{ from, file, scope, servers: [], problem: error.message }]
    }
  })
}

/** A client without servers has a file all the same. @throws SwitchboardError as `readConfigurationFile` */
export function readServers(file: string, from: string, scope: Place['scope'], project: string): FoundFile {
  const found = findServers(file, project)
  if (!found) return { from, file, scope, servers: [] }
  const { servers, ...source } = found
  const entries = Object.entries(servers).map(
    ([name, raw]): FoundServer => ({
      ...{ name, raw, source, from, scope },
      isDisabled: disabledSchema.safeParse(raw).success,
    }),
  )
  return { from, file, scope, servers: entries }
}

/** Each server once, under a name of its own: what is the same in two files is one server. */
export function distinctServers(files: readonly FoundFile[]): FoundServer[] {
  const servers: FoundServer[] = []
  for (const server of files.flatMap((file) => file.servers)) {
    if (servers.some(({ raw }) => isDeepStrictEqual(raw, server.raw))) continue
    servers.push({ ...server, name: freeName(server.name, servers) })
  }
  return servers
}

export function freeName(name: string, others: readonly { name: string }[]): string {
  const isTaken = (one: string) => others.some((other) => other.name === one)
  let candidate = name
  for (let number = 2; isTaken(candidate); number++) candidate = `${name}-${number}`
  return candidate
}
