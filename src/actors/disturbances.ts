import type { ServerDefinition } from '../config/definition.ts'

/** A live connection, as far as somebody outside can harm it. */
export interface Disturbable {
  /** To its whole process group; absent where it is no process of this machine. Whether anybody was left to hear it. */
  signal?(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean
  /** Its pipes or sockets are destroyed, and neither side is told. */
  cut(): void
}

/** What somebody does to one server from outside, to see what happens. Its connections obey. */
export class Disturbance {
  /** By which every byte is late, each way; also on later connections. */
  delayMs = 0
  #connection: Disturbable | undefined

  /** The one that was opened last, until it is closed. */
  get connection(): Disturbable | undefined {
    return this.#connection
  }

  attach(connection: Disturbable): void {
    this.#connection = connection
  }

  detach(connection: Disturbable): void {
    if (this.#connection === connection) this.#connection = undefined
  }
}

/** By the very definition that a connection was given: two servers of one name, in two conversations, are not the same. */
export class Disturbances {
  readonly #disturbances = new WeakMap<ServerDefinition, Disturbance>()

  of(definition: ServerDefinition): Disturbance {
    const known = this.#disturbances.get(definition)
    if (known) return known
    const disturbance = new Disturbance()
    this.#disturbances.set(definition, disturbance)
    return disturbance
  }
}
