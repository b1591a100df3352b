import { initializeLogger } from '@livekit/agents'
import type { Logger } from 'pino'

/** Where the framework keeps its logger, also for other copies of itself in this process. */
const loggerKey = Symbol.for('@livekit/agents:logger')

/**
 * From now on the framework logs through `logger`, or through children of it. Its own logger writes to standard output, as it
 * is, and every job process makes such a one before anything of ours is asked; so what it sets is not taken.
 */
export function logFrameworkTo(logger: Logger): void {
  // It hands its options on to the processes that it starts.
  initializeLogger({ pretty: false, level: logger.level })
  let current = logger
  Object.defineProperty(globalThis, loggerKey, {
    configurable: true,
    get: () => current,
    set: (next: unknown) => {
      if (isChildOf(next, logger)) current = next
    },
  })
}

/** Such as the one with a job's id. */
function isChildOf(next: unknown, logger: Logger): next is Logger {
  return typeof next === 'object' && next !== null && Object.prototype.isPrototypeOf.call(logger, next)
}
