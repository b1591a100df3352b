import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'
import type { Environment } from '../../config/expand.ts'

export const clients = ['claude-desktop', 'cursor', 'vscode', 'windsurf', 'claude-code'] as const
export type Client = (typeof clients)[number]

export const clientNames: Record<Client, string> = {
  'claude-desktop': 'Claude Desktop',
  cursor: 'Cursor',
  vscode: 'VS Code',
  windsurf: 'Windsurf',
  'claude-code': 'Claude Code',
}

/** A file in which a client keeps servers, if it is there. */
export interface Place {
  client: Client
  file: string
  /** `project`: those of this folder, where they are started. */
  scope: 'project' | 'user'
}

/** The machine as far as clients put files on it. */
export interface Machine {
  platform: NodeJS.Platform
  environment: Environment
  /** The folder of the project. */
  folder: string
}

/**
 * Where the clients keep their servers, this project's first.
 * Sources: modelcontextprotocol.io (Claude Desktop), cursor.com/docs/mcp, code.visualstudio.com/docs (MCP configuration
 * reference), docs.windsurf.com (Cascade, MCP), code.claude.com/docs (MCP).
 */
export function placesOn({ platform, environment, folder }: Machine): Place[] {
  const { join } = platform === 'win32' ? win32 : posix
  const home = homeOn({ platform, environment })
  /** Where programs of the desktop keep what is theirs. */
  const applications =
    platform === 'win32'
      ? environment.APPDATA || join(home, 'AppData', 'Roaming')
      : platform === 'darwin'
        ? join(home, 'Library', 'Application Support')
        : environment.XDG_CONFIG_HOME || join(home, '.config')
  const ofProject = (client: Client, ...path: string[]): Place => ({
    ...{ client, scope: 'project', file: join(folder, ...path) },
  })
  const ofUser = (client: Client, ...path: string[]): Place => ({
    ...{ client, scope: 'user', file: join(...path) },
  })
  return [
    ofProject('cursor', '.cursor', 'mcp.json'),
    ofProject('vscode', '.vscode', 'mcp.json'),
    ofProject('claude-code', '.mcp.json'),
    ofUser('claude-code', environment.CLAUDE_CONFIG_DIR || home, '.claude.json'),
    ofUser('claude-desktop', applications, 'Claude', 'claude_desktop_config.json'),
    ofUser('cursor', home, '.cursor', 'mcp.json'),
    ...['Code', 'Code - Insiders', 'VSCodium'].map((name) =>
      ofUser('vscode', applications, name, 'User', 'mcp.json'),
    ),
    ofUser('windsurf', home, '.codeium', 'windsurf', 'mcp_config.json'),
    ofUser('windsurf', home, '.codeium', 'mcp_config.json'),
  ]
}

function homeOn({ platform, environment }: Pick<Machine, 'platform' | 'environment'>): string {
  return (platform === 'win32' ? environment.USERPROFILE : environment.HOME) || homedir()
}

/** As short as a person would write it: from the folder of the project, or from home. */
export function shownPath(file: string, machine: Machine): string {
  const { relative, isAbsolute, join } = machine.platform === 'win32' ? win32 : posix
  const within = (folder: string) => {
    const inner = relative(folder, file)
    return inner.startsWith('..') || isAbsolute(inner) ? undefined : inner
  }
  const fromHome = within(homeOn(machine))
  return within(machine.folder) ?? (fromHome === undefined ? file : join('~', fromHome))
}
