import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { folderOf } from '../../config/paths.ts'
import { nearest } from '../../text/nearest.ts'
import { UsageError } from '../failure.ts'
import { type FoundFile, findFiles, readServers } from './find.ts'
import { type Client, clientNames, clients, type Machine, placesOn } from './places.ts'

/** What is there to import: of the clients and files that are named, or of all clients. @throws UsageError, SwitchboardError */
export function filesFrom(named: readonly string[], machine: Machine): FoundFile[] {
  const places = placesOn(machine)
  if (named.length === 0) return findFiles(places, machine.folder)
  return named.flatMap((name) => {
    if (!isClient(name)) return [fileNamed(name, machine.folder)]
    const own = places.filter(({ client }) => client === name)
    const files = findFiles(own, machine.folder)
    if (files.some(({ servers, problem }) => servers.length > 0 || problem !== undefined)) return files
    const where = own.map(({ file }) => file).join(', ')
    throw new UsageError(
      `--from ${name}: ${clientNames[name]} has no servers here (looked at ${where}); name its file instead`,
    )
  })
}

function isClient(name: string): name is Client {
  return clients.some((client) => client === name)
}

function fileNamed(name: string, folder: string): FoundFile {
  const file = resolve(folder, name)
  if (!existsSync(file)) {
    const remedy = nearest(name, clients) || `; name a file, or one of ${clients.join(', ')}`
    throw new UsageError(`--from ${name}: there is no such file${remedy}`)
  }
  const isOfProject = basename(file) === '.mcp.json' || folderOf(file) !== dirname(file)
  const found = readServers(file, name, isOfProject ? 'project' : 'user', folder)
  if (found.servers.length > 0) return found
  throw new UsageError(`--from ${name}: it names no server; there is also ${clients.join(', ')}`)
}
