import type { Policy } from '../../src/contract/policy.ts'
import type { ServerState } from '../../src/contract/protocol.ts'
import type { SwitchboardEvent } from '../../src/index.ts'
import type { Accuse } from './invariants.ts'
import { ownPlaces } from './scenery.ts'
import type { SimulatedServer } from './server.ts'
import type { World } from './world.ts'

const lookEveryMs = 1_000
/** Of a server that has no fault, with its listing. */
const longestDialMs = 1_000
/** Pings that are missed before a connection is given up, one more where the first was asked before. */
const missedPings = 4

interface Watched {
  /** By its last event; nothing where nobody has it. */
  state: ServerState | undefined
  /** When it was last well, or had a reason not to be. */
  since: number
  isTold: boolean
}

/** Looks every second at each server that nothing is wrong with: it has to be ready within the time that the policy allows. */
export class Recovery {
  readonly #watched = new Map<string, Watched>()
  #hasStopped = false

  constructor(
    private readonly world: World,
    private readonly policy: Policy,
    private readonly servers: ReadonlyMap<string, SimulatedServer>,
    /** Somebody keeps it from being well. */
    private readonly isHindered: (server: string) => boolean,
    private readonly accuse: Accuse,
  ) {
    for (const name of servers.keys()) {
      this.#watched.set(name, { state: undefined, since: world.now, isTold: false })
    }
  }

  heard(event: SwitchboardEvent): void {
    if (event.type !== 'server.changed') return
    const one = this.#watched.get(event.server.name)
    if (one) one.state = event.server.state
  }

  /** It begins anew, or ends. */
  disturbed(name: string): void {
    const one = this.#watched.get(name)
    if (one) one.since = this.world.now
  }

  /** Nobody has them any more. */
  forgetOwn(): void {
    for (const name of Object.keys(ownPlaces)) {
      const one = this.#watched.get(name)
      if (one) one.state = undefined
    }
  }

  watch(): void {
    if (this.#hasStopped) return
    for (const [name, one] of this.#watched) this.#look(name, one)
    this.world.after(lookEveryMs, () => this.watch())
  }

  stop(): void {
    this.#hasStopped = true
  }

  /** Noticing that it is away or that a dial hangs, the longest wait before the next dial, and that one. */
  get withinMs(): number {
    return Math.max(...[...this.servers.values()].map((server) => this.#withinMs(server)))
  }

  #withinMs({ askedMs }: SimulatedServer): number {
    const { heartbeatMs, heartbeatTimeoutMs, connectTimeoutMs, maxBackOffMs } = this.policy
    const noticeMs = Math.max(heartbeatMs + missedPings * heartbeatTimeoutMs, connectTimeoutMs)
    return noticeMs + Math.max(maxBackOffMs, askedMs) + longestDialMs + lookEveryMs
  }

  #look(name: string, one: Watched): void {
    const server = this.servers.get(name)
    if (!server) return
    const { now } = this.world
    const isWell = one.state === 'ready' && server.isServing
    if (isWell || this.#isExcused(name, one, server)) {
      one.since = now
      one.isTold = false
    } else if (now - one.since > this.#withinMs(server) && !one.isTold) {
      one.isTold = true
      this.accuse(
        'back again',
        `${name} is ${one.state} for ${now - one.since} ms, and nothing is wrong with it`,
      )
    }
  }

  #isExcused(name: string, { state }: Watched, server: SimulatedServer): boolean {
    if (this.isHindered(name)) return true
    // It is left alone with its calls: dialling again would cut them off.
    if (state === 'degraded' && server.isBusyWithoutEvents) return true
    if (!(name in ownPlaces)) return false
    // Nobody can restart one of a conversation.
    return state === undefined || state === 'failed' || state === 'unauthorized'
  }
}
