import { setTimeout as pause } from 'node:timers/promises'
import type { HistoryEvent } from '../history/history.ts'
import { Random } from '../support/random.ts'
import type { Era, Transport } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { type Fault, faultsOf } from './faults.ts'
import type { Fleet } from './fleet.ts'
import type { Victim } from './victim.ts'

/** A server that is never ready again is a defect, too. */
const healLimitMs = 60_000
const mendAgainMs = 1_000

/** A fault of one server, until that was mended and had time to recover. */
interface Spell {
  fault: string
  endedAt: number
}

/** How often each fault struck, by the era and the transport of its victims. */
export type Strikes = Map<string, { era: Era; over: Transport; times: Map<string, number> }>

export const kindOf = ({ era, over }: Pick<Victim, 'era' | 'over'>) => `${over} ${era}`

/** All faults of servers of one kind, each before any comes again. */
class Deck {
  readonly #random: Random
  readonly #left: Fault[] = []

  constructor(
    private readonly faults: readonly Fault[],
    seed: number,
    kind: string,
  ) {
    this.#random = new Random(seed, 'faults', kind)
  }

  draw(): Fault {
    if (this.#left.length === 0) this.#left.push(...this.faults)
    const [fault] = this.#left.splice(this.#random.between(0, this.#left.length - 1), 1)
    if (!fault) throw new Error('there are no faults')
    return fault
  }
}

interface TormentOptions {
  seed: number
  /** The longest rest of a server between two faults. */
  maxRestMs: number
  record: (event: HistoryEvent) => void
  /** Ends it. */
  signal: AbortSignal
}

/** Strikes each server with one fault after the other, at random moments. */
export class Torment {
  readonly struck: Strikes = new Map()
  readonly #spells = new Map<string, Spell>()
  readonly #decks = new Map<string, Deck>()

  constructor(
    private readonly fleet: Fleet,
    private readonly options: TormentOptions,
  ) {
    const { seed } = options
    for (const victim of fleet.victims) {
      const { era, over } = victim
      const kind = kindOf(victim)
      const faults = faultsOf(victim)
      this.#decks.set(kind, new Deck(faults, seed, kind))
      this.struck.set(kind, { era, over, times: new Map(faults.map(({ name }) => [name, 0])) })
    }
  }

  get hasStruckWithEach(): boolean {
    return [...this.struck.values()].every(({ times }) => [...times.values()].every((count) => count > 0))
  }

  /** Until the signal; then nothing is mended. */
  async run(): Promise<void> {
    await Promise.all(this.fleet.victims.map((victim) => this.#torment(victim)))
  }

  /** The fault that one of these servers last had since then. */
  faultSince(at: number, servers: readonly string[]): string {
    const spells = servers.flatMap((server) => this.#spells.get(server) ?? [])
    return spells.find(({ endedAt }) => endedAt >= at)?.fault ?? 'none'
  }

  async #torment(victim: Victim): Promise<void> {
    const { seed, maxRestMs, signal } = this.options
    const random = new Random(seed, victim.name)
    const rest = (ms: number) => pause(ms, undefined, { signal }).catch(() => {})
    for (;;) {
      await rest(random.between(0, maxRestMs))
      if (signal.aborted) return
      const fault = this.#decks.get(kindOf(victim))?.draw()
      if (!fault) throw new Error(`nothing can happen to ${victim.name}`)
      this.#begin(victim, fault.name)
      await fault.strike(victim, this.fleet)
      await rest(random.between(20, 400))
      if (signal.aborted) return
      // Now and then the next one comes before it is well.
      if (random.chance(0.2)) await this.fleet.mend(victim)
      else await this.#heal(victim, fault.name)
      this.#end(victim, fault.name)
    }
  }

  /** Until it is ready again; a call that was on its way may break it once more. */
  async #heal(victim: Victim, fault: string): Promise<void> {
    const { signal } = this.options
    const endsAt = performance.now() + healLimitMs
    while (!signal.aborted) {
      await this.fleet.mend(victim)
      const isOver = () => signal.aborted || this.fleet.isReady(victim)
      if (await until(isOver, 'it is ready', mendAgainMs).catch(() => false)) return
      if (performance.now() > endsAt) throw new Error(`${victim.name} never came back after "${fault}"`)
    }
  }

  #begin(victim: Victim, fault: string): void {
    const { name } = victim
    const times = this.struck.get(kindOf(victim))?.times
    times?.set(fault, (times.get(fault) ?? 0) + 1)
    this.#spells.set(name, { fault, endedAt: Number.POSITIVE_INFINITY })
    this.options.record({ type: 'fault', at: Date.now(), server: name, fault })
  }

  #end({ name }: Victim, fault: string): void {
    const at = Date.now()
    this.#spells.set(name, { fault, endedAt: at })
    this.options.record({ type: 'fault', at, server: name, fault: 'none' })
  }
}
