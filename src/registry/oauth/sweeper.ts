import { refreshAheadMs } from './access-token.ts'
import type { OAuthParts } from './parts.ts'
import type { Refresher } from './refresher.ts'

const maxPerSweep = 100
const maxAtOnce = 4

/** Ended for longer: its authorization server is away, and it is not to take the place of what can be had. */
const givenUpAfterMs = 3_600_000

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
    const now = this.#parts.now()
    const [after, before] = [new Date(now - givenUpAfterMs), new Date(now + this.#aheadMs)]
    const waiting = (await oauth.expiring(after, before, maxPerSweep)).values()
    const work = async () => {
      for (const { userId, serverId } of waiting) {
        if (this.#isClosed) return
        await this.#refresh(userId, serverId).catch(() => {})
      }
    }
    await Promise.all(Array.from({ length: maxAtOnce }, work))
  }

  async #refresh(userId: string, serverId: string): Promise<void> {
    const grant = await this.#parts.store.oauth.grant(userId, serverId)
    if (grant?.tokens) await this.#refresher.refreshed(userId, serverId, grant)
  }
}
