import { messageOf } from '../../contract/errors.ts'
import type { ToolListing } from './client.ts'

/** Several `list_changed` in a row are one change. */
const relistDelayMs = 50
/** What a server says of how long its list holds, is taken for no less, and no more, than this. */
const minTtlMs = 5_000
const maxTtlMs = 3_600_000
/** A listing that failed is tried again after 1, 2, 4, … seconds. */
const relistAgainMs = 1_000
const maxRelistAgainMs = 30_000

export interface ToolListingsHost {
  /** For a page of what is listed again; the first listing is part of connecting. */
  timeoutMs: number
  list(timeoutMs?: number): Promise<ToolListing | undefined>
  onListed(listing: ToolListing): void
  /** It is tried again. */
  onFailed(reason: string): void
}

/** Lists the tools of one connection, and again when they may have changed: one listing at a time. */
export class ToolListings {
  #next: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #isListing = false
  #changedMeanwhile = false
  #failures = 0
  #isClosed = false

  constructor(private readonly host: ToolListingsHost) {}

  async list(timeoutMs?: number): Promise<void> {
    const listing = await this.host.list(timeoutMs)
    if (!listing) return
    this.host.onListed(listing)
    clearTimeout(this.#expiry)
    const { ttlMs = 0 } = listing
    // Only so long does the server promise that it holds.
    if (ttlMs === 0 || this.#isClosed) return
    const waitMs = Math.min(Math.max(ttlMs, minTtlMs), maxTtlMs)
    this.#expiry = setTimeout(() => this.listSoon(0), waitMs)
  }

  /** A change that is told during a listing leads to another. */
  listSoon(delayMs = relistDelayMs): void {
    this.#changedMeanwhile = this.#isListing
    if (this.#isListing || this.#isClosed) return
    clearTimeout(this.#next)
    this.#next = setTimeout(() => this.#listAgain(), delayMs)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#next)
    clearTimeout(this.#expiry)
  }

  async #listAgain(): Promise<void> {
    this.#isListing = true
    const problem = await this.list(this.host.timeoutMs).then(() => undefined, messageOf)
    this.#isListing = false
    if (problem === undefined) {
      this.#failures = 0
      if (this.#changedMeanwhile) this.listSoon()
      return
    }
    this.host.onFailed(problem)
    this.listSoon(Math.min(maxRelistAgainMs, relistAgainMs * 2 ** this.#failures))
    this.#failures += 1
  }
}
