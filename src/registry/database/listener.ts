import type { Options, Sql } from 'postgres'
import { type Notification, notificationChannel } from './database.ts'
import { withDeadline } from './deadline.ts'

export type Connect = (options: Options<Record<string, never>>) => Sql

const heartbeatMs = 5_000
const answerWithinMs = 3_000
const retryAfterMs = 250

interface Connection {
  client: Sql
  isLost: boolean
}

/** A connection of its own that hears of changes, and is made anew when it is lost. */
export class Listener {
  readonly #connect: Connect
  readonly #onSilence: () => void
  readonly #listeners = new Set<(notification: Notification) => void>()
  #isClosing = false
  #wake: () => void = () => {}
  #running: Promise<void> | undefined

  /** `onSilence`: its connection was not closed, but does not answer. */
  constructor(connect: Connect, onSilence: () => void) {
    this.#connect = connect
    this.#onSilence = onSilence
  }

  /** Resolves once it hears. */
  async start(): Promise<void> {
    this.#running = this.#run(await this.#dial())
  }

  add(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    this.#wake()
    await this.#running
  }

  async #run(first: Connection): Promise<void> {
    let connection: Connection | undefined = first
    while (!this.#isClosing) {
      if (connection === undefined) {
        connection = await this.#dial().catch(() => undefined)
        if (connection === undefined) await this.#pause(retryAfterMs)
        else this.#tell('missed')
      } else if (!(await this.#isAlive(connection))) {
        await connection.client.end({ timeout: 0 })
        connection = undefined
      }
    }
    await connection?.client.end({ timeout: 0 })
  }

  async #dial(): Promise<Connection> {
    // `onnotify` is missing in the package's types; its own `listen` cannot be asked whether it still hears.
    const options = {
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
      fetch_types: false,
      connection: { application_name: 'switchboard registry, changes' },
      onnotify: (_: string, payload: string) => this.#tell({ payload }),
      onclose: () => {
        connection.isLost = true
        this.#wake()
      },
    }
    const connection: Connection = { client: this.#connect(options), isLost: false }
    try {
      await withDeadline(answerWithinMs, () => connection.client.unsafe(`listen ${notificationChannel}`))
      return connection
    } catch (error) {
      await connection.client.end({ timeout: 0 })
      throw error
    }
  }

  /** Some seconds later, or as soon as it is lost. */
  async #isAlive(connection: Connection): Promise<boolean> {
    if (!connection.isLost) await this.#pause(heartbeatMs)
    if (connection.isLost || this.#isClosing) return !connection.isLost
    try {
      await withDeadline(answerWithinMs, () => connection.client.unsafe('select 1'))
    } catch {
      if (!connection.isLost) this.#onSilence()
      return false
    }
    return !connection.isLost
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #tell(notification: Notification): void {
    for (const listener of [...this.#listeners]) listener(notification)
  }
}
