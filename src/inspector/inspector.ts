import type { Switchboard } from '../switchboard.ts'
import { packageVersion } from '../version.ts'
import { startPageServer } from './http/server.ts'
import { feed } from './model/feed.ts'
import { LiveModel } from './model/model.ts'
import { routesOf } from './routes.ts'
import type { PageFacts } from './wire.ts'

const maxCommandBytes = 4_096

export interface InspectorOptions {
  /** Default: `127.0.0.1`. Whoever reaches another sees every call, and speaks without encryption. */
  host?: string
  /** Default: 0, any free one. */
  port?: number
}

export interface Inspector {
  /** Whoever opens it is let in: it has a token in it. */
  url: string
  /** Every page is cut off; the switchboard goes on. */
  close(): Promise<void>
}

/**
 * A page on this machine that shows what a switchboard does: its calls, its servers, its machines. With no page open it observes
 * nothing.
 *
 * @throws SwitchboardError `port_in_use`; Error for a switchboard of another copy of this package
 */
export async function createInspector(
  switchboard: Switchboard,
  { host = '127.0.0.1', port = 0 }: InspectorOptions = {},
): Promise<Inspector> {
  const startedAt = Date.now()
  const facts = (): PageFacts => ({
    version: packageVersion,
    startedAt,
    canBreak: false,
    warnings: switchboard.warnings,
  })
  const noFaults = { offered: [], isStopped: false, isDisabled: false, slowedByMs: 0 }
  const model = new LiveModel({ switchboard, facts, faultsOf: () => noFaults })
  const server = await startPageServer({
    host,
    port,
    routes: routesOf(model),
    sockets: [
      { path: '/live', maxMessageBytes: maxCommandBytes, connected: (socket) => feed(socket, model) },
    ],
  })
  return {
    url: server.url,
    close: async () => {
      await server.close()
      model.close()
    },
  }
}
