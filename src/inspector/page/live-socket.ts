import type { LiveCommand, LiveMessage } from '../wire.ts'
import type { Store } from './store.ts'

const firstPauseMs = 250
const maxPauseMs = 5_000

/** Feeds the store from `/live`, and connects again whenever the connection is lost. */
export class LiveSocket {
  #socket: WebSocket | undefined
  #pauseMs = firstPauseMs
  #followed: string | undefined

  constructor(private readonly store: Store) {}

  open(): void {
    const socket = new WebSocket(`ws://${location.host}/live`)
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#pauseMs = firstPauseMs
      this.store.connected(true)
      if (this.#followed === undefined) return
      // Its steps are told from the first one on.
      this.store.follow(this.#followed)
      this.#send({ type: 'follow', actorId: this.#followed })
    })
    socket.addEventListener('message', ({ data }) => {
      // Of our own server, behind the same token.
      const message: LiveMessage = JSON.parse(data)
      this.store.apply(message)
    })
    socket.addEventListener('close', () => {
      this.store.connected(false)
      void this.#ask()
      setTimeout(() => this.open(), this.#pauseMs)
      this.#pauseMs = Math.min(this.#pauseMs * 2, maxPauseMs)
    })
  }

  /** A socket that is refused does not say why. */
  async #ask(): Promise<void> {
    const response = await fetch('/', { method: 'GET' }).catch(() => undefined)
    if (response?.status === 403) this.store.refused()
  }

  /** Asks for the steps of one actor, or of none. */
  follow(actorId: string | undefined): void {
    if (actorId === this.#followed) return
    this.#followed = actorId
    this.store.follow(actorId)
    this.#send({ type: 'follow', actorId: actorId ?? null })
  }

  #send(command: LiveCommand): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command))
  }
}
