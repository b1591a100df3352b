/** Full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Pure. */
export interface BackOffLimits {
  minBackOffMs: number
  maxBackOffMs: number
}

/**
 * The wait before attempt number `attempt`, counted from 0 since the connection was last stable.
 * The first is at once; then uniform in [0, min(max, min · 2^(attempt − 1))].
 * @param random in [0, 1)
 */
export function backOffMs(attempt: number, limits: BackOffLimits, random: number): number {
  if (attempt === 0) return 0
  const ceiling = Math.min(limits.maxBackOffMs, limits.minBackOffMs * 2 ** (attempt - 1))
  return Math.round(random * ceiling)
}
