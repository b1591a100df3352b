import { refreshAheadMs } from './access-token.ts'
import type { OAuthParts } from './parts.ts'
import type { Refresher } from './refresher.ts'

const maxPerSweep = 100
const maxAtOnce = 4

/** Refreshes tokens before anybody waits for them. What fails here is tried again, at the latest by who needs the token. */
export class Sweeper {
  readonly #parts: OAuthParts
  readonly #refresher: Refresher
  readonly #timer: NodeJS.Timeout
  readonly #aheadMs: number
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(parts: OAuthParts, refresher: Refresher, intervalMs: number) {
    this.#parts = parts
    this.#refresher = refresher
    this.#aheadMs = refreshAheadMs + intervalMs
    this.#timer = setInterval(() => this.#sweep(), intervalMs).unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#running
  }

  #sweep(): void {
    this.#running ??= this.#refreshAll()
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined
      })
  }

  async #refreshAll(): Promise<void> {
    const { oauth } = this.#parts.store
    const before = new Date(this.#parts.now() + this.#aheadMs)
    const waiting = await oauth.expiring(before, maxPerSweep)
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined && !this.#isClosed; next = waiting.pop()) {
        const { userId, serverId } = next
        const grant = await oauth.grant(userId, serverId)
        if (grant?.tokens) await this.#refresher.refreshed(userId, serverId, grant)
      }
    }
    await Promise.allSettled(Array.from({ length: maxAtOnce }, work))
  }
}
