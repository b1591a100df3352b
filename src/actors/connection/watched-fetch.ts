import { setTimeout as pause } from 'node:timers/promises'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { messageOf } from '../../contract/errors.ts'
import type { Disturbable, Disturbance } from '../disturbances.ts'
import { Answer } from './answer.ts'
import { currentExchange, type Exchange } from './exchange.ts'
import { asHeaders } from './headers.ts'
import { observed } from './observed-body.ts'

/** How often the SDK tries to resume a stream before it gives up (its `maxRetries`). */
const maxResumptions = 2

/** Of what comes with a status that is no success. */
const maxErrorBytes = 1024 * 1024

/** Of one answer. A stream of server events may be longer in all. */
const maxAnswerBytes = 64 * 1024 * 1024

/** A stranger's word; no server is away for longer because of it. */
const maxRetryAfterMs = 3_600_000

export interface StreamWatcher {
  onBytes(): void
  /** The stream of server events ended or broke; it may come back. */
  onEventStreamGap(reason: string): void
  /** It will not come back on this connection. */
  onEventStreamLost(reason: string): void
}

export interface WatchedFetch {
  fetch: FetchLike
  /** Whether the server has a stream on which it can tell of changes. */
  readonly hasEventStream: boolean
  abortAll(): void
}

export interface WatchedFetchOptions {
  disturbance: Disturbance
  reach: FetchLike
  /** All answers come on one stream (HTTP+SSE), so that no GET resumes a request's own. Default: false. */
  isSse?: boolean
}

/**
 * A `fetch` that ties each request's answer stream to its exchange, so that a stream that is cut or ends without an answer is
 * noticed when it happens (the SDK waits for the time-out), and gives every request a network controller of its own (on the
 * transport's single signal listeners pile up).
 */
export function createWatchedFetch(
  watcher: StreamWatcher,
  { disturbance, reach, isSse = false }: WatchedFetchOptions,
): WatchedFetch {
  const open = new Set<AbortController>()
  const disturbable: Disturbable = {
    cut: () => {
      const reason = Object.assign(new Error('its socket was destroyed'), { code: 'ECONNRESET' })
      for (const socket of open) socket.abort(reason)
    },
  }
  disturbance.attach(disturbable)
  let eventStreamOpened = false
  let failedReopenings = 0
  let isClosed = false

  const watchedFetch: FetchLike = async (url, init) => {
    const exchange = currentExchange()
    const isGet = (init?.method ?? 'GET') === 'GET'
    const isPost = init?.method === 'POST'
    // The stream of HTTP+SSE outlives the handshake that opens it.
    const owner = isGet && isSse ? undefined : exchange
    const resumed = isGet ? owner : undefined
    // The SDK may still have a reconnection planned.
    if (isClosed || exchange?.ended) throw new Error('the request has ended')
    // Not the exchange's own: a request that is cut may be resumed by another.
    const socket = new AbortController()
    const isGivenUp = () => isClosed || (owner?.isNetworkOver ?? false)
    owner?.owns(socket)
    open.add(socket)
    // The end of a session is awaited for a short time only.
    const isLate = () => disturbance.delayMs > 0 && init?.method !== 'DELETE'
    const hold = (since: number) => untilPassed(since + disturbance.delayMs, socket.signal)
    if (isPost && exchange) {
      // What a redirect answered does not hold for the request that follows it.
      exchange.status = undefined
      exchange.retryAfterMs = undefined
      exchange.hadSession = asHeaders(init?.headers).has('mcp-session-id')
    }
    let response: Response
    const ask = () => reach(url, Object.assign({}, init, { signal: socket.signal }))
    try {
      const isTold = isPost && exchange !== undefined
      if (isLate()) {
        if (isTold) exchange.depart(() => {})
        await hold(performance.now())
        response = await ask()
      } else response = await (isTold ? exchange.depart(ask) : ask())
    } catch (error) {
      open.delete(socket)
      if (isGet) failedGet(resumed, messageOf(error))
      throw error
    }
    watcher.onBytes()
    if ((isPost || isSse) && exchange) {
      exchange.status = response.status
      exchange.retryAfterMs = retryAfterMs(response.headers.get('retry-after'))
    }
    if (isGet && response.status === 405) resumed?.onStreamLost('the server cannot resume a stream')
    else if (isGet && !response.ok) failedGet(resumed, `HTTP ${response.status}`)
    const pieces = response instanceof Answer ? response.pieces : response.body
    if (!pieces) {
      open.delete(socket)
      return response
    }
    const isStream =
      (response.ok && response.headers.get('content-type')?.includes('text/event-stream')) ?? false
    if (isGet && !resumed && response.ok) {
      eventStreamOpened = true
      failedReopenings = 0
    }
    const body = observed(pieces, {
      limitBytes: !response.ok
        ? maxErrorBytes
        : isGet || exchange?.isEventStream
          ? Number.POSITIVE_INFINITY
          : maxAnswerBytes,
      onBytes: watcher.onBytes,
      onEnd: (reason) => {
        open.delete(socket)
        if (!isStream || isGivenUp()) return
        if (owner) answerStreamEnded(owner, reason)
        else if (isGet) watcher.onEventStreamGap(reason)
      },
      isLate,
      hold,
    })
    if (!(response instanceof Answer)) return new Answer(body, response)
    response.pieces = body
    return response
  }

  function failedGet(exchange: Exchange | undefined, reason: string): void {
    if (exchange) {
      exchange.failedResumptions += 1
      if (exchange.failedResumptions >= maxResumptions) exchange.onStreamLost(reason)
    } else if (eventStreamOpened) {
      failedReopenings += 1
      watcher.onEventStreamGap(reason)
      if (failedReopenings >= maxResumptions) watcher.onEventStreamLost(reason)
    }
  }

  return {
    fetch: watchedFetch,
    get hasEventStream() {
      return eventStreamOpened
    },
    abortAll: () => {
      isClosed = true
      disturbance.detach(disturbable)
      for (const socket of open) socket.abort()
    },
  }
}

function answerStreamEnded(exchange: Exchange, reason: string): void {
  // The SDK reads the last event in microtasks after the stream's end.
  setImmediate(() => {
    if (!exchange.answered && !exchange.ended && !exchange.resumable) exchange.onStreamLost(reason)
  })
}

/** Rejects with the signal's reason. */
async function untilPassed(at: number, signal: AbortSignal): Promise<void> {
  // A timer may be early.
  for (let leftMs = at - performance.now(); leftMs > 0; leftMs = at - performance.now()) {
    await pause(Math.ceil(leftMs), undefined, { signal }).catch(() => Promise.reject(signal.reason))
  }
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), up to an hour. */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), maxRetryAfterMs)
}
