/** A timer that is later than this was held up by this process itself. */
const stalledMs = 100

/** For so long what waits is read then, and what was about to go out goes out and is answered. */
const graceMs = 100

export interface PatientTimer {
  timeout: NodeJS.Timeout
  immediate: NodeJS.Immediate | undefined
}

/**
 * As `setTimeout`; but what has arrived is read before `work`, and after a stall of this process `work` is put off once, for a
 * moment. Node runs timers before it reads, so that a server would be blamed for an answer that lies there.
 */
export function setPatientTimeout(work: () => void, delayMs: number): PatientTimer {
  const dueAt = performance.now() + delayMs
  const timer: PatientTimer = {
    timeout: setTimeout(() => {
      if (performance.now() - dueAt < stalledMs) timer.immediate = setImmediate(work)
      else timer.timeout = setTimeout(work, graceMs)
    }, delayMs),
    immediate: undefined,
  }
  return timer
}

export function clearPatientTimeout({ timeout, immediate }: PatientTimer): void {
  clearTimeout(timeout)
  clearImmediate(immediate)
}
