import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** Folders of an editor within the folder that is open in it. */
const editorFolders = new Set(['.vscode', '.cursor'])

/** Where relative paths in a configuration file begin: its folder, or the one that the editor has open. */
export function folderOf(file: string): string {
  const folder = dirname(resolve(file))
  return editorFolders.has(basename(folder)) ? dirname(folder) : folder
}

/** A path as it stands in a configuration, relative to `folder`; `~` is the home of the user. */
export function pathFrom(folder: string, path: string): string {
  if (path === '~') return homedir()
  return /^~[\\/]/.test(path) ? join(homedir(), path.slice(2)) : resolve(folder, path)
}
