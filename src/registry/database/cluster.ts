import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where PGlite keeps its files in the folder of a registry. */
export function clusterIn(folder: string): string {
  return join(folder, 'postgres')
}

export function hasCluster(folder: string): boolean {
  return existsSync(clusterIn(folder))
}
