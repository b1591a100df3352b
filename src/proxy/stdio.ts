import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import type { Switchboard } from '../switchboard.ts'
import { connectStdio } from './mcp-server.ts'
import { ProxySession } from './session.ts'

const graceMs = 1_000

export interface ProxyStdioOptions {
  /** Default: standard input. */
  input?: Readable
  /** Default: standard output; nobody else may write there. */
  output?: Writable
  /** Ends it, as the end of the input does. */
  signal?: AbortSignal
}

/**
 * Offers a switchboard as one MCP server over stdio to the program that started this process. Resolves when its client has gone,
 * or `signal` has fired and the client is told how its calls ended, for a second at most. The switchboard is the caller's to stop.
 */
export async function serveProxyStdio(
  switchboard: Switchboard,
  { input = process.stdin, output = process.stdout, signal }: ProxyStdioOptions = {},
): Promise<void> {
  const session = new ProxySession(switchboard, { logs: true })
  const ended = once(input, 'close', signal ? { signal } : {}).catch(() => {})
  const connection = await connectStdio(session, input, output)
  await ended
  // A client that is there still is told how its calls end.
  if (signal?.aborted) await Promise.race([told(), delay(graceMs, undefined, { ref: false })])
  await connection.close()
  await session.end()

  async function told(): Promise<void> {
    await session.end()
    // Answers are written by then.
    await setImmediate()
    await new Promise((resolve) => output.write('', resolve))
  }
}
