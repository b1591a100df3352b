import type { CallView } from '../../../../wire.ts'

export interface Timing {
  /** Until it first went out, or until it ended without. */
  waitedMs: number
  /** From then on; absent where it never went out. */
  ranMs?: number
  wholeMs: number
}

export function timingOf({ startedAt, sentAt, endedAt }: CallView, now: number): Timing {
  const end = endedAt ?? now
  const wholeMs = end - startedAt
  return sentAt === undefined
    ? { waitedMs: wholeMs, wholeMs }
    : { waitedMs: sentAt - startedAt, ranMs: end - sentAt, wholeMs }
}
