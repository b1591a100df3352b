export interface BackOffLimits {
  minBackOffMs: number
  maxBackOffMs: number
}

/** Servers that died together come back one after the other: each start costs a processor some tenths of a second. */
const spreadMs = 50

/**
 * Full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), pure. The wait before attempt number
 * `attempt`, counted from 0 since the connection was last stable: the first is at once, or uniform in
 * [0, min(max, 50 ms · othersAway)] while others are away too; then uniform in [0, min(max, min · 2^(attempt − 1))].
 * @param random in [0, 1)
 */
export function backOffMs(
  attempt: number,
  limits: BackOffLimits,
  random: number,
  othersAway: number,
): number {
  const limitMs = attempt === 0 ? spreadMs * othersAway : limits.minBackOffMs * 2 ** (attempt - 1)
  const ceiling = Math.min(limits.maxBackOffMs, limitMs)
  return Math.round(random * ceiling)
}
