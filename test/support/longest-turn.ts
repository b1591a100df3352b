import { readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'

const everyMs = 1

/**
 * The longest that this thread has been at one turn of its event loop since then, in milliseconds. On Linux only what it was on a
 * processor counts, so that others who use the machine are no part of it.
 */
export function watchTurns(): () => number {
  let lastMs = spentMs()
  let longestMs = 0
  const look = () => {
    const nowMs = spentMs()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
  }
  const timer = setInterval(look, everyMs)
  onTestFinished(() => clearInterval(timer))
  return () => {
    look()
    return longestMs
  }
}

/** How long `work` keeps this thread, by the same measure. */
export function turnMs(work: () => void): number {
  const before = spentMs()
  work()
  return spentMs() - before
}

/** The first number of it is the time on a processor, in nanoseconds. */
function spentMs(): number {
  if (process.platform !== 'linux') return performance.now()
  return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'utf8'), 10) / 1e6
}
