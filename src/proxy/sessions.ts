import { Slots } from '../http/slots.ts'
import type { Switchboard } from '../switchboard.ts'
import type { ProxyClient } from './client.ts'
import { HttpMcpSession, type HttpRequest } from './mcp-server.ts'
import { ProxySession } from './session.ts'

/** Of one client, so that it takes no place of another's. */
const defaultMaxSessions = 1_000

interface Entry {
  /** Whose it is: nobody else may ask in it. */
  client: ProxyClient
  mcp: HttpMcpSession
  session: ProxySession
  /** Requests and streams that are open. */
  open: number
  idle: NodeJS.Timeout | undefined
  isOver: boolean
}

/** The sessions of all clients. One that has nothing open for `idleMs` ends; its client gets 404 then, and begins anew. */
export class Sessions {
  readonly #entries = new Map<string, Entry>()
  readonly #slots: Slots<ProxyClient>
  readonly #ending = new Set<Promise<void>>()

  constructor(
    private readonly switchboard: Switchboard,
    private readonly idleMs: number,
    maxSessions = defaultMaxSessions,
  ) {
    this.#slots = new Slots(maxSessions)
  }

  /** In a new session; undefined where this client has as many as it may. */
  begin(client: ProxyClient, request: HttpRequest): Promise<Response> | undefined {
    const free = this.#slots.take(client)
    return free && this.#begun(client, request, free)
  }

  /** In a session of this client; undefined where there is no such session. */
  goOn(client: ProxyClient, id: string, request: HttpRequest): Promise<Response> | undefined {
    const entry = this.#entries.get(id)
    return entry?.client === client ? this.#pass(entry, request) : undefined
  }

  /** Every call has its outcome then, and its client can still be told. */
  async endCalls(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ session }) => session.end()))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ mcp }) => mcp.close()))
    await Promise.all(this.#ending)
  }

  async #begun(client: ProxyClient, request: HttpRequest, free: () => void): Promise<Response> {
    const session = new ProxySession(this.switchboard, client)
    let opened: string | undefined
    const mcp = new HttpMcpSession(
      session,
      (id) => {
        opened = id
        this.#entries.set(id, entry)
      },
      () => {
        free()
        this.#forget(opened, entry)
      },
    )
    const entry: Entry = { client, mcp, session, open: 0, idle: undefined, isOver: false }
    try {
      await mcp.connect()
      return await this.#pass(entry, request)
    } finally {
      // Whatever it asked, it was not to begin a session.
      if (opened === undefined) await mcp.close()
    }
  }

  async #pass(entry: Entry, request: HttpRequest): Promise<Response> {
    clearTimeout(entry.idle)
    entry.open += 1
    if (request.gone.aborted) this.#left(entry)
    else request.gone.addEventListener('abort', () => this.#left(entry), { once: true })
    const answer = await entry.mcp.handle(request)
    // What it missed while it did not listen.
    if (request.method === 'GET' && answer.ok) entry.session.tellChanges()
    return answer
  }

  #left(entry: Entry): void {
    entry.open -= 1
    if (entry.open > 0 || entry.isOver) return
    entry.idle = setTimeout(() => void entry.mcp.close(), this.idleMs)
    entry.idle.unref()
  }

  #forget(id: string | undefined, entry: Entry): void {
    entry.isOver = true
    clearTimeout(entry.idle)
    if (id !== undefined) this.#entries.delete(id)
    const ending = entry.session.end().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
  }
}
