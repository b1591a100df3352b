import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Whether the worker's line to LiveKit is open. The framework tells when it is registered and not when it has lost the
 * connection; so the socket itself is watched, of which Node tells as of every request.
 */
export class LiveKitConnection {
  #socket: Socket | undefined
  #workerId: string | undefined

  constructor() {
    subscribe('http.client.request.start', this.#onRequest)
  }

  /** While the line is open and LiveKit has accepted the worker. */
  get workerId(): string | undefined {
    return this.#socket === undefined ? undefined : this.#workerId
  }

  registered(workerId: string): void {
    this.#workerId = workerId
  }

  close(): void {
    unsubscribe('http.client.request.start', this.#onRequest)
  }

  readonly #onRequest = (message: unknown) => {
    const request = requestOf(message)
    if (request === undefined || !/agent(\?|$)/.test(request.path)) return
    request.once('upgrade', (_response, socket) => {
      this.#socket = socket
      this.#workerId = undefined
      socket.once('close', () => {
        if (this.#socket === socket) this.#socket = undefined
      })
    })
  }
}

function requestOf(message: unknown): ClientRequest | undefined {
  if (typeof message !== 'object' || message === null || !('request' in message)) return undefined
  return message.request instanceof ClientRequest ? message.request : undefined
}
