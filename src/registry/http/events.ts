import type { Request, Response } from 'express'
import type { Authenticate, Principal } from '../router-options.ts'
import type { Change, RegistryStore } from '../store.ts'
import { HttpProblem } from './problem.ts'
import type { Reply } from './reply.ts'

/** A reader that is so far behind reads no more. */
const maxUnreadBytes = 64_000

interface Subscription {
  request: Request
  principal: Principal
  /** Whose changes. */
  userId: string
  /** Of this principal for this user. */
  maxStreams: number
}

/** Server-sent events (HTML standard, 9.2) of users' changes. */
export class EventStreams {
  readonly #open = new Map<string, Set<Response>>()
  readonly #parts: { store: Pick<RegistryStore, 'onChange'>; authenticate: Authenticate }
  readonly #heartbeatMs: number

  constructor(
    parts: { store: Pick<RegistryStore, 'onChange'>; authenticate: Authenticate },
    heartbeatMs: number,
  ) {
    this.#parts = parts
    this.#heartbeatMs = heartbeatMs
  }

  /** @throws HttpProblem 429 */
  subscribe(subscription: Subscription): Reply {
    const { principal, userId, maxStreams } = subscription
    const key = JSON.stringify([principal.role, principal.id, userId])
    if ((this.#open.get(key)?.size ?? 0) >= maxStreams) {
      throw new HttpProblem(429, `There are ${maxStreams} event streams open already; close one of them.`, {
        code: 'too_many_streams',
        headers: { 'Retry-After': String(Math.ceil(this.#heartbeatMs / 1_000)) },
      })
    }
    return {
      status: 200,
      headers: {
        'Content-Type': 'text/event-stream',
        // Proxies that collect answers are to let this one through (nginx).
        'X-Accel-Buffering': 'no',
      },
      stream: (response) => {
        // Two that began at once are both in it.
        const open = this.#open.get(key) ?? new Set()
        this.#open.set(key, open.add(response))
        response.once('close', () => {
          open.delete(response)
          if (open.size === 0) this.#open.delete(key)
        })
        this.#serve(response, subscription)
      },
    }
  }

  #serve(response: Response, { request, principal, userId }: Subscription): void {
    const write = (text: string) => {
      if (response.writableLength > maxUnreadBytes) response.destroy()
      else response.write(text)
    }
    const tell = (kind: Change['kind']) => write(`event: ${kind}\ndata: {}\n\n`)
    const off = this.#parts.store.onChange((change) => {
      if (change === 'all') tell('servers')
      else if (change.userId === userId) tell(change.kind)
    })
    const timer = setInterval(() => {
      write(': here\n\n')
      this.#isStill(request, principal).then((isStill) => {
        if (!isStill) response.end()
      })
    }, this.#heartbeatMs)
    response.once('close', () => {
      off()
      clearInterval(timer)
    })
    response.flushHeaders()
    write(': here\n\n')
  }

  /** A token that has ended, or a key that was removed, does not go on listening. */
  async #isStill(request: Request, { id, role }: Principal): Promise<boolean> {
    try {
      const now = await this.#parts.authenticate(request)
      return now !== undefined && now.id === id && now.role === role
    } catch {
      return true
    }
  }
}
