import { isUint8Array } from 'node:util/types'
import { Agent, type Dispatcher } from 'undici'
import { packageVersion } from '../../contract/version.ts'
import { Answer } from './answer.ts'
import { asHeaders } from './headers.ts'

/** Some refuse a client without a name; and without a word on it, a server may encode its answer as it wants (RFC 9110, 12.5.3). */
const usualHeaders = { 'user-agent': `mcp-switchboard/${packageVersion}`, 'accept-encoding': 'identity' }

const methods = new Set<string>(['GET', 'POST', 'DELETE'] satisfies Dispatcher.HttpMethod[])

export interface RequestFetch {
  /** As `fetch`, for what MCP asks: text goes out, and redirects are never followed. */
  fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Ends its connections, and what is under way on them. */
  close(): Promise<void>
}

/** A third of the cost of `fetch`: a call over HTTP is little else. */
export function createRequestFetch(): RequestFetch {
  // The machines say how long an answer may take.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  return {
    fetch: async (target, init = {}) => {
      const url = new URL(target)
      if (url.username !== '' || url.password !== '')
        throw new TypeError('its URL holds a user or a password')
      const { method = 'GET', body = null, signal = null } = init
      if (!isMethod(method)) throw new TypeError(`no requests of ${method}`)
      if (body !== null && typeof body !== 'string') throw new TypeError('only text is sent')
      const answer = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: Object.assign({}, usualHeaders, Object.fromEntries(asHeaders(init.headers))),
        body,
        signal,
      })
      const headers = new Headers()
      for (const [name, value] of Object.entries(answer.headers)) {
        for (const one of [value ?? []].flat()) headers.append(name, one)
      }
      return new Answer(new Pieces(answer.body), { status: answer.statusCode, headers })
    },
    close: () => dispatcher.destroy(),
  }
}

function isMethod(method: string): method is 'GET' | 'POST' | 'DELETE' {
  return methods.has(method)
}

/** What nobody reads is read to its end, so that its socket can be used again. */
class Pieces implements AsyncIterableIterator<Uint8Array, undefined> {
  #iterator: AsyncIterator<unknown> | undefined

  constructor(private readonly body: Dispatcher.ResponseData['body']) {
    // Whoever reads hears of it.
    body.on('error', () => {})
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#iterator ??= this.body[Symbol.asyncIterator]()
    const { done, value } = await this.#iterator.next()
    return done || !isUint8Array(value) ? { done: true, value: undefined } : { done: false, value }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#iterator) this.body.destroy()
    else await this.body.dump()
    return { done: true, value: undefined }
  }
}
