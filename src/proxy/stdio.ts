import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import type { Switchboard } from '../switchboard.ts'
import { connectStdio } from './mcp-server.ts'
import { ProxySession } from './session.ts'

export interface ProxyStdioOptions {
  /** Default: standard input. */
  input?: Readable
  /** Default: standard output; nobody else may write there. */
  output?: Writable
  /** Ends it, as the end of the input does. */
  signal?: AbortSignal
}

/**
 * Offers a switchboard as one MCP server over stdio to the program that started this process. Resolves when its client has gone
 * and every call has its outcome. The switchboard is the caller's to stop.
 */
export async function serveProxyStdio(
  switchboard: Switchboard,
  { input = process.stdin, output = process.stdout, signal }: ProxyStdioOptions = {},
): Promise<void> {
  const session = new ProxySession(switchboard, { logs: true })
  const ended = once(input, 'close', signal ? { signal } : {}).catch(() => {})
  const connection = await connectStdio(session, input, output)
  await ended
  await connection.close()
  await session.end()
}
