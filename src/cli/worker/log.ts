import { type Logger, pino } from 'pino'
import { z } from 'zod'
import type { Mask } from '../../config/secrets.ts'
import { parseJson } from '../../contract/json.ts'
import type { SwitchboardEvent } from '../../contract/protocol.ts'
import { clean, retold } from '../../text/text.ts'
import { type LogLevel, logLevels } from './environment.ts'

/**
 * One JSON object a line on standard error; standard output is for data. No text in it, whoever said it, holds a hidden
 * character or what `mask` hides, and what the framework marks as personal is not in it.
 */
export function createLogger(
  level: LogLevel,
  mask: Mask,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Logger {
  const tell = (text: string) => mask(clean(text))
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // What the framework calls its errors, besides pino's own `err`.
      serializers: { error: pino.stdSerializers.err },
    },
    { write: (line) => write(`${JSON.stringify(retold(JSON.parse(line, withoutPersonal), tell))}\n`) },
  )
}

/** The framework marks so what callers said, and what calls were given and answered. */
const personalKey = /(^|\.)lk\.pii\./

function withoutPersonal(key: string, value: unknown): unknown {
  return personalKey.test(key) ? undefined : value
}

/** Tells the log of servers and calls; never what calls were given or answered. */
export function logEvent(logger: Logger, event: SwitchboardEvent): void {
  if (event.type === 'server.changed') {
    const { name, state, functions, lastError } = event.server
    if (state === event.previous) return
    const isTrouble = state === 'failed' || state === 'unauthorized' || state === 'reconnecting'
    const reason = isTrouble && lastError !== undefined ? { reason: lastError } : {}
    const entry = { server: name, state, functions: functions.length, ...reason }
    logger[isTrouble ? 'warn' : 'info'](entry, `server ${state}`)
  } else if (event.type === 'tool.changed') {
    const { server, tool, hash } = event
    logger.warn({ server, tool, hash }, 'a tool has another definition than before')
  } else if (event.type === 'call.ended') {
    const { conversationId, callId, function: name, outcome } = event
    const { server, durationMs } = outcome
    const entry = { conversationId, callId, function: name, server, durationMs }
    if (outcome.ok) logger.info({ ...entry, code: 'ok' }, 'call answered')
    else logger.warn({ ...entry, code: outcome.error.code, effect: outcome.error.effect }, 'call failed')
  }
}

/** In place of Node's own way, which writes them to standard error as they are. */
export function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => logger.warn({ name }, message))
}

const foreignLine = z.looseObject({ level: z.number(), msg: z.string().default('') })

/** What another logger has written, in lines of this one. */
export function logForeign(logger: Logger, text: string): void {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const parsed = foreignLine.safeParse(parseJson(line)).data
    if (parsed === undefined) {
      logger.info(line)
      continue
    }
    const { level, msg, time: _time, pid: _pid, hostname: _hostname, ...rest } = parsed
    const label = logLevels.find((one) => one === pino.levels.labels[level]) ?? 'info'
    logger[label](rest, msg)
  }
}
