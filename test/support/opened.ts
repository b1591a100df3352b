import { onTestFinished } from 'vitest'
import {
  createSwitchboard,
  type JsonObject,
  type ServerState,
  type ServerStatus,
  type Switchboard,
  type SwitchboardEvent,
  type SwitchboardOptions,
} from '../../src/index.ts'
import type { Dependencies } from '../../src/switchboard/dependencies.ts'
import { composeSwitchboard } from '../../src/switchboard.ts'

const limitMs = 20_000

/** Short times, so that tests need not wait for what they do not test. */
const quick = { closeGraceMs: 300, minBackOffMs: 20, maxBackOffMs: 200, connectTimeoutMs: 20_000 }

/** A running switchboard, the events that it told, and waits for its states. */
export class Opened {
  readonly events: SwitchboardEvent[] = []

  constructor(readonly switchboard: Switchboard) {
    switchboard.subscribe((event) => this.events.push(event))
    onTestFinished(() => switchboard.stop())
    switchboard.start()
  }

  server(name: string): ServerStatus {
    const found = this.switchboard.servers.find((server) => server.name === name)
    if (!found) throw new Error(`no server ${name}`)
    return found
  }

  /** The pid of a server's process. */
  pid(name: string): number {
    const { pid } = this.server(name)
    if (pid === undefined) throw new Error(`${name} has no process`)
    return pid
  }

  /** Resolves at the event that makes it true; at once where it is. */
  until(what: string, isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${what}: not within ${limitMs} ms; ${this.#states()}`))
      const timer = setTimeout(late, limitMs)
      const off = this.switchboard.subscribe(() => {
        if (!isTrue()) return
        clearTimeout(timer)
        off()
        resolve()
      })
    })
  }

  async untilState(name: string, state: ServerState, generation?: number): Promise<ServerStatus> {
    const isThere = (server: ServerStatus) =>
      server.name === name &&
      server.state === state &&
      (generation === undefined || server.generation === generation)
    await this.until(`${name} is ${state}`, () => this.switchboard.servers.some(isThere))
    return this.server(name)
  }

  async untilReady(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.untilState(name, 'ready')))
  }

  /** It has been dialled in vain so often that a test can call it while it waits. */
  untilAway(name: string): Promise<void> {
    return this.until(`${name} waits`, () => {
      const { state, nextAttemptAt = 0 } = this.server(name)
      return state === 'reconnecting' && nextAttemptAt - Date.now() > 2_000
    })
  }

  /** Each state that a server went through, in order. */
  statesOf(name: string): ServerState[] {
    const states = this.events.flatMap((event) =>
      event.type === 'server.changed' && event.server.name === name ? event.server.state : [],
    )
    return states.filter((state, index) => state !== states[index - 1])
  }

  #states(): string {
    return this.switchboard.servers
      .map(({ name, lastError }) => `${name} was ${this.statesOf(name).join(' → ')} (${lastError})`)
      .join(', ')
  }
}

export function open(
  mcpServers: JsonObject,
  options: Omit<SwitchboardOptions, 'mcpServers'> = {},
  dependencies?: Dependencies,
): Opened {
  const all = { ...quick, ...options, mcpServers }
  return new Opened(dependencies ? composeSwitchboard(all, dependencies) : createSwitchboard(all))
}

/** Opened, and every server ready. */
export async function openReady(
  mcpServers: JsonObject,
  options: Omit<SwitchboardOptions, 'mcpServers'> = {},
): Promise<Opened> {
  const opened = open(mcpServers, options)
  await opened.untilReady(...Object.keys(mcpServers))
  return opened
}
