import type { CallDetails, CallView } from '../../../../wire.ts'
import { ask, wordsOfError } from '../../../api.ts'

/** Of a call that changes, at most one request in this time. */
const pauseMs = 400

export interface Fetched {
  details?: CallDetails
  /** Why there is nothing newer. */
  problem?: string
}

/** Fetches the details of the one call that is looked at, and again when it has changed. */
export class DetailsSource {
  #callId: string | undefined
  #fetched: Fetched = {}
  #version: CallView | undefined
  #isFetching = false
  #nextAt = 0

  /** `call`: as the page knows it now. `onNews`: something came, or could be asked for now. */
  read(callId: string, call: CallView | undefined, onNews: () => void): Fetched {
    if (callId !== this.#callId) {
      this.#callId = callId
      this.#fetched = {}
      this.#nextAt = 0
      void this.#fetch(callId, call, onNews)
    } else if (call !== this.#version && !this.#isFetching) {
      const waitMs = this.#nextAt - Date.now()
      if (waitMs <= 0) void this.#fetch(callId, call, onNews)
      else {
        this.#isFetching = true
        setTimeout(() => {
          this.#isFetching = false
          onNews()
        }, waitMs)
      }
    }
    return this.#fetched
  }

  /** Asks again with the next `read`. */
  retry(): void {
    this.#callId = undefined
  }

  async #fetch(callId: string, call: CallView | undefined, onNews: () => void): Promise<void> {
    this.#isFetching = true
    this.#version = call
    this.#nextAt = Date.now() + pauseMs
    const fetched = await fetchDetails(callId)
    if (callId !== this.#callId) return
    this.#isFetching = false
    this.#fetched = 'details' in fetched ? fetched : { ...this.#fetched, ...fetched }
    onNews()
  }
}

async function fetchDetails(callId: string): Promise<Fetched> {
  try {
    return { details: await ask<CallDetails>(`/api/calls/${encodeURIComponent(callId)}`) }
  } catch (error) {
    return { problem: wordsOfError(error) }
  }
}
