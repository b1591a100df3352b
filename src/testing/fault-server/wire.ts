import type { JsonObject } from '../../contract/protocol.ts'

/** How clients reach a fault server, and what can be done to it at once. */
export interface Wire {
  /** What stands under `mcpServers`. */
  readonly entry: JsonObject
  /** Its processes are killed; over HTTP every connection is reset, and nobody listens. */
  kill(): Promise<void>
  /** Over HTTP it listens again; over stdio clients start a process when they want one. */
  restart(): Promise<void>
  /** Nothing is answered, and no progress told. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** Opens for whoever waits there. */
export class Gate {
  #opened: Promise<void> | undefined
  #open: () => void = () => {}

  get isOpen(): boolean {
    return this.#opened === undefined
  }

  shut(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
    this.#opened = undefined
  }

  async passed(): Promise<void> {
    await this.#opened
  }
}
