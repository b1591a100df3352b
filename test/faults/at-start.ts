import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Effect, ErrorCode, JsonObject, ServerState } from '../../src/index.ts'
import type { Order } from '../support/test-server.ts'
import { type Transport, transports } from '../support/transports.ts'
import type { InEras } from './cases.ts'
import type { Subject } from './subject.ts'

/** A fault that a server starts with, and what a call gets while it lasts. */
export interface StartFault extends InEras<StartFault> {
  fault: string
  over: readonly Transport[]
  flags?: string[]
  orders?: Order[]
  /** Changes the entry of a server that works. */
  entry?: (entry: JsonObject, directory: string) => JsonObject
  before?: (subject: Subject) => Promise<void>
  mend?: (directory: string) => void
  ends: 'ok' | `${ErrorCode}, ${Effect}`
  /** How many of its tools are left out. */
  rejected?: number
  /** From its first state until it is ready. */
  states: ServerState[]
  lifted?: 'restart'
  connectTimeoutMs?: number
}

const both = transports
const stdio = ['stdio'] as const
const http = ['http'] as const

const comesBack: ServerState[] = ['connecting', 'reconnecting', 'ready']
const hasFailed: ServerState[] = ['connecting', 'failed', 'connecting', 'ready']
const needsCredentials: ServerState[] = ['connecting', 'unauthorized', 'connecting', 'ready']
const isUsable: ServerState[] = ['connecting', 'ready']

const away = { ends: 'server_unavailable, none', states: comesBack } as const
const failed = { ends: 'server_failed, none', states: hasFailed, lifted: 'restart' } as const
const unauthorized = { ends: 'unauthorized, none', states: needsCredentials, lifted: 'restart' } as const
const usable = { ends: 'ok', states: isUsable } as const
/** Short; a start that takes longer is tried again. */
const connectTimeoutMs = 1_500

const script = (directory: string) => join(directory, 'start')
const write = (directory: string, mode: number, { command, args }: JsonObject) => {
  const words = [String(command), ...(Array.isArray(args) ? args.map(String) : [])]
  const text = `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')}\n`
  writeFileSync(script(directory), text, { mode })
}

function handshake(at: string, only?: StartFault['only']): StartFault[] {
  const rows: StartFault[] = [
    {
      fault: `it hangs in \`${at}\``,
      over: both,
      orders: [{ at, ending: 'nothing' }],
      connectTimeoutMs,
      ...away,
    },
    { fault: `it dies in \`${at}\``, over: both, orders: [{ at, ending: 'die' }], ...away },
    {
      fault: `it answers \`${at}\` with a JSON-RPC error`,
      over: both,
      orders: [{ at, error: { code: -32603, message: 'the database is locked' } }],
      ...away,
    },
    {
      fault: `the answer to \`${at}\` is cut`,
      over: http,
      orders: [{ at, write: '$HALF', ending: 'cut' }],
      ...away,
    },
    {
      fault: `the stream of the answer to \`${at}\` ends without it`,
      over: http,
      orders: [{ at, headers: { 'content-type': 'text/event-stream' }, write: ': \n\n', ending: 'close' }],
      ...away,
    },
  ]
  return rows.map((row) => (only ? { ...row, only } : row))
}

/** Whatever it is asked first. */
const first = (order: Omit<Order, 'at'>): Order[] =>
  ['initialize', 'server/discover'].map((at) => ({ at, ...order }))

export const startFaults: readonly StartFault[] = [
  {
    fault: 'its command does not exist',
    over: stdio,
    entry: (entry, directory) => {
      write(`${directory}`, 0o755, entry)
      return { ...entry, command: `${script(directory)}-er`, args: [] }
    },
    mend: (directory) =>
      writeFileSync(`${script(directory)}-er`, `#!/bin/sh\nexec ${script(directory)}\n`, { mode: 0o755 }),
    ...failed,
  },
  {
    fault: 'its command may not be executed',
    over: stdio,
    entry: (entry, directory) => {
      write(directory, 0o644, entry)
      return { ...entry, command: script(directory), args: [] }
    },
    mend: (directory) => chmodSync(script(directory), 0o755),
    ...failed,
  },
  {
    fault: 'its working directory does not exist',
    over: stdio,
    entry: (entry, directory) => ({ ...entry, cwd: join(directory, 'work') }),
    mend: (directory) => mkdirSync(join(directory, 'work')),
    ...failed,
  },
  {
    fault: 'its process exits at once',
    over: stdio,
    orders: [{ at: 'start', ending: 'exit' }],
    ...away,
  },
  {
    fault: 'nobody listens on its port',
    over: http,
    before: (subject) => subject.killHttp(),
    ...away,
  },
  ...handshake('initialize', { era: 'legacy', because: 'no `initialize`' }),
  ...handshake('server/discover', { era: 'modern', because: '' }),
  ...handshake('tools/list'),
  {
    fault: 'it speaks an unsupported protocol version',
    over: both,
    orders: [
      { at: 'initialize', result: { protocolVersion: '1999-01-01' } },
      { at: 'server/discover', result: { supportedVersions: ['1999-01-01'] } },
    ],
    ...failed,
  },
  {
    fault: 'its answer to `tools/list` has no list',
    over: both,
    orders: [{ at: 'tools/list', result: { tools: 'none' } }],
    ...away,
  },
  {
    fault: 'it writes a banner first',
    over: stdio,
    orders: [{ at: 'start', write: 'Server running on stdio\n' }],
    ...usable,
  },
  {
    fault: 'it lists malformed tools beside good ones',
    over: both,
    flags: ['--malformed'],
    rejected: 4,
    ...usable,
  },
  { fault: 'its list of tools has no last page', over: both, flags: ['--endless'], ...usable },
  {
    fault: 'its list of tools repeats a page',
    over: both,
    orders: [{ at: 'tools/list', result: { nextCursor: '0' } }],
    rejected: 1,
    ...usable,
  },
  ...[404, 429, 500, 503].map(
    (status): StartFault => ({
      fault: `it answers HTTP ${status}`,
      over: http,
      orders: first({ status }),
      ...away,
    }),
  ),
  ...[401, 403].map(
    (status): StartFault => ({
      fault: `it answers HTTP ${status}`,
      over: http,
      orders: first({ status }),
      ...unauthorized,
    }),
  ),
  {
    fault: 'it redirects to another origin',
    over: http,
    orders: first({ status: 307, headers: { location: 'http://127.0.0.1:9/mcp' } }),
    ...away,
  },
  {
    fault: 'it answers with HTML',
    over: http,
    orders: first({ status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Welcome</h1>' }),
    ...away,
  },
  {
    fault: 'it hangs in `subscriptions/listen`',
    over: both,
    only: { era: 'modern', because: '' },
    orders: [{ at: 'subscriptions/listen', ending: 'nothing' }],
    ...usable,
  },
  {
    fault: 'it answers `subscriptions/listen` with a JSON-RPC error',
    over: both,
    only: { era: 'modern', because: '' },
    orders: [{ at: 'subscriptions/listen', error: { code: -32601, message: 'no' } }],
    ...usable,
  },
  ...[
    { code: -32601, message: 'Method not found' },
    { code: -32602, message: 'Invalid _meta envelope: protocolVersion is missing' },
  ].map(
    (error): StartFault => ({
      fault: `it answers \`initialize\`, which it does not know, with JSON-RPC error ${error.code}`,
      over: both,
      only: { era: 'modern', because: '' },
      orders: [{ at: 'initialize', error }],
      ...usable,
    }),
  ),
]
