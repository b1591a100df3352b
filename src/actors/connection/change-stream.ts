import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../contract/errors.ts'

const maxFailures = 3
const reopenMs = 250
const maxReopenMs = 30_000
/** One that ended sooner is opened again as late as one that could not be opened: a server may end it at once, for ever. */
const stoodMs = 5_000

/** An open stream of changes. */
export interface ChangeSubscription {
  /** Never rejects. `graceful`: the server said so. */
  readonly closed: Promise<'local' | 'graceful' | 'remote'>
}

export interface ChangeStreamHost {
  /** Resolves when the server has taken the subscription. */
  listen(signal: AbortSignal): Promise<ChangeSubscription>
  /** The server answered that it will not do it. */
  isRefusal(error: unknown): boolean
  /** Changes may have been missed. */
  onReopened(): void
  onGap(reason: string): void
  /** It could not be opened again. */
  onLost(reason: string): void
}

/**
 * Keeps `subscriptions/listen` open (MCP 2026-07-28): the SDK never opens again what ended. A server that refuses it from
 * the start is not asked any more.
 */
export class ChangeStream {
  readonly #closing = new AbortController()
  #isOpen = false

  constructor(
    private readonly host: ChangeStreamHost,
    private readonly wait = pauseFor,
  ) {}

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when it is open for the first time, or cannot be opened at once. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      this.#keepOpen(resolve).finally(resolve)
    })
  }

  close(): void {
    this.#closing.abort()
  }

  async #keepOpen(onOpened: () => void): Promise<void> {
    const { host } = this
    const { signal } = this.#closing
    let failures = 0
    let shortLived = 0
    let wasOpen = false
    let isReopening = false
    while (!signal.aborted) {
      try {
        const { closed } = await host.listen(signal)
        failures = 0
        if (isReopening) host.onReopened()
        wasOpen = true
        this.#isOpen = true
        onOpened()
        const openedAt = performance.now()
        const how = await closed
        this.#isOpen = false
        shortLived = performance.now() - openedAt < stoodMs ? shortLived + 1 : 0
        if (how === 'remote' && !signal.aborted) host.onGap('its stream of changes ended')
      } catch (error) {
        onOpened()
        if (signal.aborted || (!wasOpen && host.isRefusal(error))) return
        failures += 1
        // Of one that never stood nothing was lost but time.
        if (wasOpen && failures >= maxFailures) return host.onLost(messageOf(error))
      }
      isReopening = true
      const waitMs = Math.min(maxReopenMs, reopenMs * 2 ** (failures + shortLived))
      await this.wait(waitMs, signal)
    }
  }
}

/** Shorter where the signal fires. */
async function pauseFor(waitMs: number, signal: AbortSignal): Promise<void> {
  await pause(waitMs, undefined, { signal, ref: false }).catch(() => {})
}
