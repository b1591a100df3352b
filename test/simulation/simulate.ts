import { parsePolicy } from '../../src/contract/policy.ts'
import type { SwitchboardEvent } from '../../src/index.ts'
import type { Dependencies } from '../../src/switchboard/dependencies.ts'
import { composeSwitchboard } from '../../src/switchboard.ts'
import type { HistoryEvent } from '../history/history.ts'
import { Random } from '../support/random.ts'
import { Actors } from './actors.ts'
import { calmTicket } from './behaviour.ts'
import { Bugs, isBug } from './bugs.ts'
import { Callers, Ids } from './callers.ts'
import type { Tap } from './connection.ts'
import type { Fault } from './faults.ts'
import type { Violation } from './invariants.ts'
import { leftovers } from './leftovers.ts'
import { type Machines, machinesOf, productionMachines } from './machines.ts'
import { Operators } from './operators.ts'
import type { Deed, Plan } from './plan.ts'
import { Recovery } from './recovery.ts'
import { entriesOf, places, sharedPlaces } from './scenery.ts'
import { SimulatedServer } from './server.ts'
import type { Told } from './trace.ts'
import { Watch } from './watch.ts'
import { World } from './world.ts'

export interface SimulationOptions {
  machines?: Machines
  inspect?: NonNullable<Dependencies['inspect']>
  /** Ends with the first violation. */
  stopAtOnce?: boolean
  /** Hears everything that happens, with the milliseconds since the beginning. */
  trace?: (atMs: number, told: Told) => void
}

export interface SimulationResult {
  violations: Violation[]
  history: HistoryEvent[]
  calls: number
  faults: number
  simulatedMs: number
}

/** Runs the whole orchestrator through a plan, in no time. The same plan, the same result. */
export function simulate(plan: Plan, options: SimulationOptions = {}): Promise<SimulationResult> {
  return new Simulation(plan, options).run()
}

class Simulation {
  readonly #world = new World()
  readonly #startedAt = this.#world.now
  readonly #watch
  readonly #recovery
  readonly #policy
  readonly #servers = new Map<string, SimulatedServer>()
  readonly #switchboard
  readonly #callers
  readonly #operators
  readonly #bugs
  readonly #actors = new Actors()
  /** Code behind promises is to run before time passes. */
  #isDirty = false

  constructor(
    private readonly plan: Plan,
    private readonly options: SimulationOptions,
  ) {
    const { seed, policy } = plan
    const world = this.#world
    const now = () => world.now
    this.#policy = parsePolicy(policy)
    this.#watch = new Watch(world, this.#policy, this.#actors)
    this.#bugs = new Bugs(new Random(seed, 'bugs'), (server, fault) => this.#struck(server, fault))
    for (const [name, place] of Object.entries(places)) {
      const server = new SimulatedServer(
        ...([name, place, seed, world, this.#watch.questions] as const),
        (run) => this.#ran(run),
        (...args) => this.#struck(...args),
      )
      this.#servers.set(name, server)
    }
    this.#recovery = new Recovery(
      ...([world, this.#policy, this.#servers] as const),
      (name) => this.#isHindered(name),
      this.#watch.accuse,
    )
    const ids = new Ids()
    const { inspect } = options
    const dependencies: Dependencies = {
      now,
      random: new Random(seed, 'switchboard').next,
      newId: ids.take,
      clock: world.clock,
      ...machinesOf(
        options.machines ?? productionMachines,
        {
          serverNamed: (name) => this.#server(name),
          opened: (owner) => this.#actors.see(owner),
          tap: (...said) => this.#said(...said),
        },
        this.#bugs,
        this.#actors,
      ),
      ...(inspect === undefined ? {} : { inspect }),
    }
    this.#switchboard = composeSwitchboard({ ...policy, mcpServers: entriesOf(sharedPlaces) }, dependencies)
    this.#switchboard.subscribe((event) => this.#heard(event))
    this.#operators = new Operators(this.#switchboard, world)
    this.#callers = new Callers(this.#switchboard, world, ids, seed, {
      asked: (...args) => this.#watch.asked(...args),
      told: (...args) => this.#watch.told(...args),
      broken: (...args) => this.#watch.broken(...args),
      heard: (event) => this.#recovery.heard(event),
      left: () => this.#recovery.forgetOwn(),
      questioned: (...args) => this.#watch.questions.heard(...args),
      answered: (...args) => {
        this.#isDirty = true
        this.#watch.questions.answered(...args)
      },
    })
  }

  async run(): Promise<SimulationResult> {
    const { plan } = this
    this.#switchboard.start()
    this.#recovery.watch()
    for (const deed of plan.deeds) {
      await this.#until(this.#startedAt + deed.at)
      if (this.#isOver) break
      this.#trace({ kind: 'deed', deed })
      this.#do(deed)
    }
    if (!this.#isOver) await this.#until(this.#startedAt + plan.durationMs)
    const simulatedMs = this.#world.now - this.#startedAt
    await this.#stop()
    this.#watch.close()
    const { violations, history } = this.#watch
    return {
      violations,
      history,
      calls: history.filter(({ type }) => type === 'call').length,
      faults: history.filter(({ type }) => type === 'fault').length,
      simulatedMs,
    }
  }

  get #isOver(): boolean {
    return this.options.stopAtOnce === true && this.#watch.violations.length > 0
  }

  #isHindered(name: string): boolean {
    const isAiling = this.#server(name).ailments.size > 0
    return isAiling || this.#operators.hasRemoved(name) || this.#bugs.isDueInServer(name)
  }

  #server(name: string): SimulatedServer {
    const server = this.#servers.get(name)
    if (!server) throw new Error(`no simulated server ${name}`)
    return server
  }

  async #until(endsAt: number): Promise<void> {
    await this.#settle()
    while (!this.#isOver && this.#world.step(endsAt)) {
      if (this.#isUnsettled) await this.#settle()
      this.#watch.look()
    }
  }

  /** Whoever seems to wait too long may have been told, behind a promise. */
  get #isUnsettled(): boolean {
    return this.#isDirty || this.#watch.isUnsure
  }

  async #settle(): Promise<void> {
    this.#isDirty = false
    await new Promise(setImmediate)
  }

  #do(deed: Deed): void {
    this.#isDirty = true
    if ('server' in deed) this.#recovery.disturbed(deed.server)
    switch (deed.do) {
      case 'call':
        this.#callers.call(deed)
        break
      case 'interrupt':
        this.#callers.interrupt(deed.conversation)
        break
      case 'hang up':
        this.#callers.hangUp(deed.conversation)
        break
      case 'fault':
        this.#strike(deed)
        break
      case 'restart':
        this.#operators.restart(deed.server)
        break
      case 'remove':
        this.#operators.remove(deed.server, deed.forMs)
        break
      case 'redefine':
        this.#operators.redefine(deed.server)
        break
      case 'calm':
        this.#calm()
        break
    }
  }

  #strike(deed: Extract<Deed, { do: 'fault' }>): void {
    const { server: name, fault, forMs } = deed
    const server = this.#server(name)
    if (isBug(fault)) this.#bugs.strike(name, fault)
    else if (fault !== 'crash') server.ailments.add(deed)
    server.strike(fault)
    this.#world.after(forMs, () => {
      server.ailments.delete(deed)
      if (server.fault === fault) server.lift()
      this.#operators.mend(name)
    })
  }

  /** Nothing is wrong from here on; then everything has to work again. */
  #calm(): void {
    for (const server of this.#servers.values()) {
      server.lift()
      server.ailments.clear()
    }
    this.#bugs.clear()
    this.#operators.restoreAll()
    for (const name of this.#servers.keys()) this.#operators.mend(name)
    this.#callers.hangUpAll()
    this.#world.after(this.#recovery.withinMs, () => this.#expectAnswers())
  }

  async #expectAnswers(): Promise<void> {
    const names = Object.values(sharedPlaces).flatMap((place) => place.functions.map(({ tool }) => tool.name))
    for (const outcome of await this.#callers.askEach(names, calmTicket)) {
      if (!outcome.ok) this.#watch.accuse('back again', `in calm, ${outcome.error.message}`)
    }
  }

  /** Every call accounted for, and nothing left. */
  async #stop(): Promise<void> {
    const world = this.#world
    for (const server of this.#servers.values()) server.lift()
    this.#recovery.stop()
    let hasStopped = false
    this.#switchboard.stop().then(() => {
      hasStopped = true
      const left = leftovers(world, [...this.#servers.values()], this.#actors)
      for (const words of left) this.#watch.accuse('nothing left', words)
    })
    const endsAt = world.now + 60_000
    await this.#settle()
    while (!hasStopped && world.step(endsAt)) {
      await this.#settle()
      this.#watch.look()
    }
    // What servers still do, and callers who would cancel what has ended.
    if (hasStopped) await this.#until(Number.POSITIVE_INFINITY)
    else this.#watch.accuse('nothing left', 'stop() does not end')
  }

  #heard(event: SwitchboardEvent): void {
    this.#trace({ kind: 'event', event })
    this.#watch.heard(event)
    this.#recovery.heard(event)
    if (event.type === 'call.ended') this.#isDirty = true
  }

  /** A fault met somebody. */
  #struck(server: string, fault: Fault): void {
    this.#watch.note({ type: 'fault', at: this.#world.now, server, fault })
  }

  #ran(run: Extract<HistoryEvent, { type: 'run' }>): void {
    this.#trace({ kind: 'run', run })
    this.#watch.note(run)
  }

  #said(...said: Parameters<Tap>): void {
    const [server, event] = said
    this.#trace({ kind: 'connection', server, event })
    this.#watch.said(...said)
  }

  #trace(told: Told): void {
    this.options.trace?.(this.#world.now - this.#startedAt, told)
  }
}
