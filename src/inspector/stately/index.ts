import { installing } from '../../packages.ts'
import { inspectionOf } from '../../switchboard/inspection.ts'
import type { Switchboard } from '../../switchboard.ts'
import type { Route } from '../http/routes.ts'
import type { SocketRoute } from '../http/server.ts'
import { statelyReply } from './document.ts'
import { feedStately } from './feed.ts'

export const statelyPath = '/stately'

/**
 * What the page server needs, to show the machines to Stately's inspector: a page with a frame for it, and a socket that feeds
 * the page. Nothing is observed until a page connects.
 *
 * @throws Error where `@statelyai/inspect` is missing
 */
export async function serveStately(switchboard: Switchboard): Promise<{ route: Route; socket: SocketRoute }> {
  const { createInspector } = await loadStately()
  const inspection = inspectionOf(switchboard)
  return {
    route: { method: 'GET', path: /^\/stately$/, answer: () => statelyReply },
    socket: {
      path: `${statelyPath}/live`,
      maxMessageBytes: 1,
      connected: (socket) => feedStately(socket, inspection, createInspector),
    },
  }
}

async function loadStately(): Promise<typeof import('@statelyai/inspect')> {
  try {
    return await import('@statelyai/inspect')
  } catch (error) {
    const words = `Stately's inspector needs a package: ${installing('@statelyai/inspect')}`
    throw new Error(words, { cause: error })
  }
}
