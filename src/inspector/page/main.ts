import { LiveSocket } from './live-socket.ts'
import { readPath } from './router.ts'
import { shell } from './shell.ts'
import { Store } from './store.ts'
import { applyTheme } from './theme.ts'
import { render } from './vendor/lit-html/lit-html.js'
import type { App, View } from './view.ts'
import { callView } from './views/call.ts'
import { functionsView } from './views/functions.ts'
import { machinesView } from './views/machines.ts'
import { myServersView } from './views/my-servers.ts'
import { serversView } from './views/servers.ts'
import { timelineView } from './views/timeline.ts'

const views: readonly [View, ...View[]] = [
  callView,
  timelineView,
  machinesView,
  serversView,
  functionsView,
  myServersView,
]

class Page implements App {
  readonly #store = new Store(() => this.redraw())
  readonly #socket = new LiveSocket(this.#store)
  readonly #root: HTMLElement
  readonly #announcements: HTMLElement
  #current: View = views[0]
  #path: readonly string[] = []
  #frame: number | undefined
  #timer: { id: ReturnType<typeof setTimeout>; dueAt: number } | undefined

  constructor(root: HTMLElement, announcements: HTMLElement) {
    this.#root = root
    this.#announcements = announcements
  }

  get state() {
    return this.#store.state
  }

  get path() {
    return this.#path
  }

  open(): void {
    applyTheme()
    addEventListener('hashchange', () => this.#go())
    this.#go()
    this.#socket.open()
  }

  now(): number {
    return this.#store.now()
  }

  redraw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined
      render(shell(this, views, this.#current), this.#root)
    })
  }

  redrawWithin(delayMs: number): void {
    const dueAt = performance.now() + delayMs
    if (this.#timer && this.#timer.dueAt <= dueAt) return
    if (this.#timer) clearTimeout(this.#timer.id)
    const id = setTimeout(() => {
      this.#timer = undefined
      this.redraw()
    }, delayMs)
    this.#timer = { id, dueAt }
  }

  follow(actorId: string | undefined): void {
    this.#socket.follow(actorId)
  }

  announce(text: string): void {
    this.#announcements.textContent = text
  }

  #go(): void {
    const [name, ...path] = readPath(location.hash)
    const next = views.find((view) => view.name === name || isOtherName(view, name)) ?? views[0]
    if (next !== this.#current) {
      this.#current.left?.(this)
      this.#current = next
      scrollTo(0, 0)
    }
    this.#path = path
    document.title = `${next.label} · Switchboard`
    this.redraw()
  }
}

function isOtherName({ otherNames = [] }: View, name: string | undefined): boolean {
  return name !== undefined && otherNames.includes(name)
}

const root = document.querySelector<HTMLElement>('#page')
const announcements = document.querySelector<HTMLElement>('#announcements')
if (root && announcements) new Page(root, announcements).open()
