import type { ServerState, ServerStatus } from '../../../src/contract/protocol.ts'

/** Waits for what becomes of the one server. */
export class Watch {
  #status: ServerStatus | undefined
  #wake = () => {}

  see([status]: readonly ServerStatus[]): void {
    this.#status = status
    this.#wake()
  }

  async in(...states: ServerState[]): Promise<ServerStatus> {
    for (;;) {
      if (this.#status && states.includes(this.#status.state)) return this.#status
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
