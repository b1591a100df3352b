import type { JsonObject } from '../../src/index.ts'
import { isAlive, killQuietly } from './processes.ts'
import type { TestServer } from './test-server.ts'
import { until } from './until.ts'

export const transports = ['stdio', 'http'] as const

export type Transport = (typeof transports)[number]

/** `modern`: MCP 2026-07-28, which knows no `initialize`; `legacy`: what was before. */
export const eras = ['legacy', 'modern'] as const

export type Era = (typeof eras)[number]

export const versionOf: Record<Era, string> = { legacy: '2025-11-25', modern: '2026-07-28' }

/** The entry of a server that can be reached: started if it is HTTP. */
export async function entryOf(
  server: TestServer,
  transport: Transport,
  options: JsonObject = {},
): Promise<JsonObject> {
  if (transport === 'stdio') return server.stdio(options)
  return { url: (await server.startHttp()).url, switchboard: options }
}

/** SIGKILL to the process that serves now; resolves when it is gone. */
export async function killServer(server: TestServer): Promise<void> {
  const pid = server.journal.findLast(({ event }) => event === 'started')?.pid
  if (pid === undefined) throw new Error('the server was never started')
  killQuietly(pid, 'SIGKILL')
  await until(() => !isAlive(pid), `process ${pid} is gone`)
}
