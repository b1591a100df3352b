import { initializeLogger, loggerOptions } from '@livekit/agents'

/** The framework refuses to work without a logger. A worker, or an application that wants one, has set its own. */
export function ensureLogger(): void {
  if (loggerOptions() === undefined) initializeLogger({ pretty: false, level: 'silent' })
}
