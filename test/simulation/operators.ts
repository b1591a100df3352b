import type { Switchboard } from '../../src/index.ts'
import { entriesOf, sharedPlaces } from './scenery.ts'
import type { World } from './world.ts'

/** Who runs the switchboard: changes its configuration, and restarts what waits for that. */
export class Operators {
  readonly #editions = new Map<string, number>()
  readonly #removed = new Set<string>()

  constructor(
    private readonly switchboard: Switchboard,
    private readonly world: World,
  ) {}

  hasRemoved(name: string): boolean {
    return this.#removed.has(name)
  }

  restart(name: string): void {
    if (!this.#removed.has(name)) this.switchboard.restart(name)
  }

  remove(name: string, forMs: number): void {
    this.#removed.add(name)
    this.#configure()
    this.world.after(forMs, () => {
      this.#removed.delete(name)
      this.#configure()
    })
  }

  redefine(name: string): void {
    this.#editions.set(name, (this.#editions.get(name) ?? 1) + 1)
    this.#configure()
  }

  restoreAll(): void {
    this.#removed.clear()
    this.#configure()
  }

  /** Nothing else brings back a server that failed, or that was refused. */
  mend(name: string): void {
    const state = this.switchboard.servers.find((server) => server.name === name)?.state
    if (state === 'failed' || state === 'unauthorized') this.switchboard.restart(name)
  }

  #configure(): void {
    const left = Object.entries(sharedPlaces).filter(([name]) => !this.#removed.has(name))
    const mcpServers = entriesOf(Object.fromEntries(left), (name) => this.#editions.get(name) ?? 1)
    this.switchboard.configure({ mcpServers })
  }
}
