export interface Interruption {
  /** Aborted by the first Ctrl+C, SIGTERM or SIGHUP; the second ends the process at once. */
  signal: AbortSignal
  dispose(): void
}

/** `onFirst`: to say what happens now. */
export function interruptible(onFirst: () => void): Interruption {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130)
    onFirst()
    controller.abort(new Error('interrupted'))
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, interrupt)
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of signals) process.off(signal, interrupt)
    },
  }
}
