import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { Switchboard } from '../../src/index.ts'
import { createInspector, type Inspector, type InspectorOptions } from '../../src/inspector/index.ts'
import { type State, Store } from '../../src/inspector/page/store.ts'
import type { LiveCommand, LiveMessage } from '../../src/inspector/wire.ts'

const limitMs = 20_000

/** What a browser has of an inspector once it has opened its address. */
export class Visitor {
  constructor(
    readonly origin: string,
    readonly cookie: string,
  ) {}

  static async to(url: string): Promise<Visitor> {
    const entry = await fetch(url, { redirect: 'manual' })
    const cookie = entry.headers.get('set-cookie')?.split(';')[0] ?? ''
    return new Visitor(new URL(url).origin, cookie)
  }

  get(path: string): Promise<Response> {
    return fetch(`${this.origin}${path}`, { headers: { cookie: this.cookie } })
  }

  async read<Told>(path: string): Promise<Told> {
    const told: Told = JSON.parse(await (await this.get(path)).text())
    return told
  }

  post(path: string, body: unknown): Promise<Response> {
    return fetch(`${this.origin}${path}`, {
      method: 'POST',
      headers: { cookie: this.cookie, origin: this.origin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  connect(path: string): WebSocket {
    const socket = new WebSocket(`${this.origin.replace('http', 'ws')}${path}`, {
      headers: { cookie: this.cookie, origin: this.origin },
    })
    onTestFinished(() => socket.terminate())
    return socket
  }
}

/** A page without a browser: its own store, fed by `/live`. */
export class LivePage {
  readonly messages: LiveMessage[] = []
  readonly #store = new Store(() => {
    for (const watcher of [...this.#watchers]) watcher()
  })
  readonly #watchers = new Set<() => void>()
  readonly socket: WebSocket

  constructor(readonly visitor: Visitor) {
    this.socket = visitor.connect('/live')
    this.socket.on('message', (data) => {
      const message: LiveMessage = JSON.parse(data.toString())
      this.messages.push(message)
      this.#store.apply(message)
    })
  }

  get state(): State {
    return this.#store.state
  }

  follow(actorId: string): void {
    this.#store.follow(actorId)
    this.socket.send(JSON.stringify({ type: 'follow', actorId } satisfies LiveCommand))
  }

  /** What `look` finds, at the first state in which it finds something. */
  async sees<Value>(what: string, look: (state: State) => Value | undefined | false): Promise<Value> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the page did not show within ${limitMs} ms: ${what}`)),
        limitMs,
      )
      const check = () => {
        const found = look(this.state)
        if (found === undefined || found === false) return
        clearTimeout(timer)
        this.#watchers.delete(check)
        resolve(found)
      }
      this.#watchers.add(check)
      check()
    })
  }

  async close(): Promise<void> {
    this.socket.close()
    await once(this.socket, 'close')
  }
}

export async function inspect(switchboard: Switchboard, options?: InspectorOptions): Promise<Inspector> {
  const inspector = await createInspector(switchboard, options)
  onTestFinished(() => inspector.close())
  return inspector
}

/** An inspector of a switchboard, with a page open and filled. */
export async function openPage(switchboard: Switchboard, options?: InspectorOptions): Promise<LivePage> {
  const { url } = await inspect(switchboard, options)
  const page = new LivePage(await Visitor.to(url))
  await page.sees('the first snapshot', ({ facts }) => facts)
  return page
}
