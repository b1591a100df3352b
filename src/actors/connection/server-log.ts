import { z } from 'zod'
import { type LogMessage, logLevels } from '../../contract/protocol.ts'
import { cap, written } from '../../text/text.ts'

const windowMs = 1_000
/** Of what comes beyond that in a window, the newest is told at its end. */
const maxInWindow = 20
/** What is read at all. */
const maxRawCharacters = 100_000

/** The parameters of `notifications/message`. */
const messageSchema = z.object({
  level: z.enum(logLevels),
  logger: z.string().optional().catch(undefined),
  data: z.unknown(),
})

/** The log of a server that may say more than anybody reads. What is left out is counted, and not read. */
export class ServerLog {
  #inWindow = 0
  #dropped = 0
  #held: { params: unknown } | undefined
  #window: NodeJS.Timeout | undefined

  /** What is told is neither clean nor masked, and may be long. */
  constructor(private readonly tell: (message: LogMessage) => void) {}

  take(params: unknown): void {
    if (this.#inWindow >= maxInWindow) {
      if (this.#held) this.#dropped += 1
      this.#held = { params }
      return
    }
    this.#inWindow += 1
    this.#window ??= setTimeout(() => this.flush(), windowMs).unref()
    this.#read(params, 0)
  }

  /** Ends the window. */
  flush(): void {
    this.close()
    const held = this.#held
    const dropped = this.#dropped
    this.#inWindow = 0
    this.#dropped = 0
    this.#held = undefined
    if (!held) return
    this.#inWindow = 1
    this.#window = setTimeout(() => this.flush(), windowMs).unref()
    this.#read(held.params, dropped)
  }

  close(): void {
    clearTimeout(this.#window)
    this.#window = undefined
  }

  #read(params: unknown, dropped: number): void {
    const message = messageSchema.safeParse(params).data
    if (message === undefined) return
    const { level, logger, data } = message
    this.tell({
      level,
      ...(logger === undefined ? {} : { logger: cap(logger, maxRawCharacters) }),
      text: cap(typeof data === 'string' ? data : written(data ?? null), maxRawCharacters),
      ...(dropped === 0 ? {} : { dropped }),
    })
  }
}
