import { createParser } from 'eventsource-parser'
import type { z } from 'zod'
import { wordsOf } from '../../actors/connection/error-words.ts'
import { limitedBody } from '../../egress/limited-body.ts'
import {
  type AgentServers,
  agentServersSchema,
  type Observation,
  type Refusal,
  type RefusalAnswer,
  refusalAnswerSchema,
} from '../agent-wire.ts'
import { apiPath } from '../wire.ts'

const requestTimeoutMs = 5_000
const maxAnswerBytes = 4 * 1024 * 1024

export interface RegistryAddress {
  /** Of the service, such as `https://tools.example.com`. */
  url: string
  /** A key with the role `agent`. */
  token: string
}

/** The part of the registry's HTTP interface that agents use. Rejects with an `Error` whose message is for developers. */
export class RegistryApi {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>

  constructor({ url, token }: RegistryAddress, userId: string) {
    this.#base = `${url.replace(/\/+$/, '')}${apiPath}/agent/users/${encodeURIComponent(userId)}`
    this.#headers = { authorization: `Bearer ${token}` }
  }

  servers(signal: AbortSignal): Promise<AgentServers> {
    return this.#ask('/servers', { signal }, agentServersSchema)
  }

  refuse(serverId: string, refusal: Refusal): Promise<RefusalAnswer> {
    const path = `/servers/${encodeURIComponent(serverId)}/refusal`
    return this.#ask(path, { method: 'POST', body: refusal }, refusalAnswerSchema)
  }

  async observe(servers: Observation[]): Promise<void> {
    const response = await this.#fetch('/statuses', { method: 'PUT', body: { servers } })
    await response.body?.cancel()
  }

  /** Until the stream ends or breaks; then it rejects. `word`: whatever came, be it only a sign of life. */
  async events(signal: AbortSignal, on: { open(): void; word(): void; changed(): void }): Promise<never> {
    const response = await this.#fetch('/events', { signal, isStream: true })
    on.open()
    const parser = createParser({
      onEvent: ({ event }) => {
        if (event === 'servers') on.changed()
      },
    })
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      on.word()
      parser.feed(decoder.decode(bytes, { stream: true }))
    }
    throw new Error('the registry ended its stream of events')
  }

  async #ask<Schema extends z.ZodType>(
    path: string,
    request: Request,
    schema: Schema,
  ): Promise<z.infer<Schema>> {
    const read = schema.safeParse(await contentOf(await this.#fetch(path, request)))
    if (read.success) return read.data
    throw new Error('the answer of the registry cannot be understood; is it of another version?')
  }

  async #fetch(path: string, { method = 'GET', body, signal, isStream = false }: Request): Promise<Response> {
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new Error('it took too long')), requestTimeoutMs)
    const signals = [limit.signal, ...(signal ? [signal] : [])]
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        headers: { ...this.#headers, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
        // It has our key: it goes nowhere else.
        redirect: 'manual',
        signal: AbortSignal.any(signals),
      })
      if (response.ok) return response
      await response.body?.cancel()
      throw new Error(statusWords(response.status))
    } catch (error) {
      throw new Error(wordsOf(error), { cause: error })
    } finally {
      if (isStream) clearTimeout(timer)
      else timer.unref()
    }
  }
}

interface Request {
  method?: string
  body?: object
  signal?: AbortSignal
  /** Its answer may go on for ever. */
  isStream?: boolean
}

async function contentOf({ body }: Response): Promise<unknown> {
  try {
    return await new Response(limitedBody(body, maxAnswerBytes)).json()
  } catch (error) {
    throw new Error(`the answer of the registry cannot be read: ${wordsOf(error)}`, { cause: error })
  }
}

function statusWords(status: number): string {
  if (status === 401 || status === 403) {
    return `the registry answers ${status}: it does not take this key; make one with \`switchboard registry key add NAME --role agent\``
  }
  return `the registry answers ${status}`
}
