import type { Dependencies } from '../../src/dependencies.ts'
import type { Outcome, SwitchboardEvent } from '../../src/index.ts'
import { parsePolicy } from '../../src/policy.ts'
import { composeSwitchboard } from '../../src/switchboard.ts'
import type { HistoryEvent } from '../history/history.ts'
import { outcomeEvent } from '../history/outcome-event.ts'
import { Random } from '../support/random.ts'
import { Accounts } from './accounts.ts'
import { Actors } from './actors.ts'
import { Bugs } from './bugs.ts'
import { Callers, Ids } from './callers.ts'
import type { Tap } from './connection.ts'
import { Deadlines } from './deadlines.ts'
import type { Fault } from './faults.ts'
import type { Invariant, Violation } from './invariants.ts'
import { LeftConnections } from './left-connections.ts'
import { leftovers } from './leftovers.ts'
import { type Machines, machinesOf, productionMachines } from './machines.ts'
import { Operators } from './operators.ts'
import type { Deed, Plan } from './plan.ts'
import { entriesOf, functions, places, sharedPlaces } from './scenery.ts'
import { calmTicket, SimulatedServer } from './server.ts'
import type { Told } from './trace.ts'
import { Truth } from './truth.ts'
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

/** A hung dial, the longest wait before the next one, and that dial; before them, a heartbeat that notices. */
const backWithinMs = 30_000 + 30_000 + 15_000

/** Runs the whole orchestrator through a plan, in no time. The same plan, the same result. */
export function simulate(plan: Plan, options: SimulationOptions = {}): Promise<SimulationResult> {
  return new Simulation(plan, options).run()
}

class Simulation {
  readonly #world = new World()
  readonly #startedAt = this.#world.now
  readonly #history: HistoryEvent[] = []
  readonly #violations: Violation[] = []
  readonly #accounts
  readonly #truth
  readonly #deadlines
  readonly #left
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
    const accuse = (invariant: Invariant, words: string) => this.#accuse(invariant, words)
    this.#policy = parsePolicy(policy)
    this.#accounts = new Accounts(accuse)
    this.#truth = new Truth(accuse)
    this.#deadlines = new Deadlines(now, this.#policy.maxCallMs, accuse)
    this.#left = new LeftConnections(this.#actors, accuse)
    this.#bugs = new Bugs(new Random(seed, 'bugs'), (server, fault) => this.#struck(server, fault))
    for (const [name, place] of Object.entries(places)) {
      const server = new SimulatedServer(
        ...([name, place, seed, world] as const),
        (event) => this.#note(event),
        (...args) => this.#struck(...args),
      )
      this.#servers.set(name, server)
    }
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
          tap: (...args) => this.#tap(...args),
        },
        this.#bugs,
        this.#actors,
      ),
      ...(inspect === undefined ? {} : { inspect }),
    }
    this.#switchboard = composeSwitchboard({ ...policy, mcpServers: entriesOf(sharedPlaces) }, dependencies)
    this.#switchboard.subscribe((event) => this.#heard(event))
    this.#operators = new Operators(this.#switchboard, world)
    this.#callers = new Callers(this.#switchboard, world, ids, {
      asked: (...args) => this.#asked(...args),
      told: (...args) => this.#told(...args),
      broken: (callId, error) => this.#accounts.broken(callId, error),
    })
  }

  async run(): Promise<SimulationResult> {
    const { plan } = this
    this.#switchboard.start()
    for (const deed of plan.deeds) {
      await this.#until(this.#startedAt + deed.at)
      if (this.#isOver) break
      this.#trace({ kind: 'deed', deed })
      this.#do(deed)
    }
    if (!this.#isOver) await this.#until(this.#startedAt + plan.durationMs)
    const simulatedMs = this.#world.now - this.#startedAt
    await this.#stop()
    this.#accounts.close()
    return {
      violations: this.#violations,
      history: this.#history,
      calls: this.#history.filter(({ type }) => type === 'call').length,
      faults: this.#history.filter(({ type }) => type === 'fault').length,
      simulatedMs,
    }
  }

  get #readyWithinMs(): number {
    return backWithinMs + this.#policy.heartbeatMs
  }

  get #isOver(): boolean {
    return this.options.stopAtOnce === true && this.#violations.length > 0
  }

  #accuse(invariant: Invariant, words: string): void {
    this.#violations.push({ invariant, at: this.#world.now, words })
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
      this.#deadlines.look()
    }
  }

  /** Whoever seems to wait too long may have been told, behind a promise. */
  get #isUnsettled(): boolean {
    return this.#isDirty || this.#deadlines.hasPassed
  }

  async #settle(): Promise<void> {
    this.#isDirty = false
    await new Promise(setImmediate)
  }

  #do(deed: Deed): void {
    this.#isDirty = true
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

  #strike({ server: name, fault, forMs }: Extract<Deed, { do: 'fault' }>): void {
    const server = this.#server(name)
    if (fault.startsWith('bug in ')) this.#bugs.strike(name, fault)
    server.strike(fault)
    this.#world.after(forMs, () => {
      if (server.fault === fault) server.lift()
      this.#operators.mend(name)
    })
  }

  /** Nothing is wrong from here on; then everything has to work again. */
  #calm(): void {
    for (const server of this.#servers.values()) server.lift()
    this.#bugs.clear()
    this.#operators.restoreAll()
    for (const name of this.#servers.keys()) this.#operators.mend(name)
    this.#callers.hangUpAll()
    this.#world.after(this.#readyWithinMs, () => this.#expectHealth())
  }

  async #expectHealth(): Promise<void> {
    for (const { name, state, lastError } of this.#switchboard.servers) {
      if (state === 'ready') continue
      this.#accuse('back again', `${name} is ${state} after ${this.#readyWithinMs} ms of calm (${lastError})`)
    }
    const names = Object.values(sharedPlaces).flatMap((place) => place.functions.map(({ tool }) => tool.name))
    for (const outcome of await this.#callers.askEach(names, calmTicket)) {
      if (!outcome.ok) this.#accuse('back again', `in calm, ${outcome.error.message}`)
    }
  }

  /** Every call accounted for, and nothing left. */
  async #stop(): Promise<void> {
    const world = this.#world
    for (const server of this.#servers.values()) server.lift()
    let hasStopped = false
    this.#switchboard.stop().then(() => {
      hasStopped = true
      const left = leftovers(world, [...this.#servers.values()], this.#actors)
      for (const words of left) this.#accuse('nothing left', words)
    })
    const endsAt = world.now + 60_000
    await this.#settle()
    while (!hasStopped && world.step(endsAt)) {
      await this.#settle()
      this.#deadlines.look()
    }
    // What servers still do, and callers who would cancel what has ended.
    if (hasStopped) await this.#until(Number.POSITIVE_INFINITY)
    else this.#accuse('nothing left', 'stop() does not end')
  }

  #asked(callId: string, functionName: string, timeoutMs: number | undefined): void {
    this.#accounts.asked(callId, functionName)
    this.#deadlines.asked(callId, functionName, timeoutMs)
    if (isAnsweredHere(functionName)) return
    const mayRepeat = functions.get(functionName)?.mayRepeat ?? false
    this.#note({ type: 'call', at: this.#world.now, callId, function: functionName, mayRepeat })
  }

  #told(callId: string, functionName: string, outcome: Outcome): void {
    this.#accounts.told(callId, outcome)
    this.#deadlines.told(callId)
    if (!isAnsweredHere(functionName)) this.#note(outcomeEvent(this.#world.now, callId, outcome))
  }

  #heard(event: SwitchboardEvent): void {
    this.#trace({ kind: 'event', event })
    this.#left.heard()
    this.#accounts.heard(event)
    if (event.type === 'call.ended') this.#isDirty = true
  }

  /** A fault met somebody. */
  #struck(server: string, fault: Fault): void {
    this.#note({ type: 'fault', at: this.#world.now, server, fault })
  }

  #note(event: HistoryEvent): void {
    this.#history.push(event)
    if (event.type === 'call') this.#truth.asked(event)
    else if (event.type === 'outcome') this.#truth.told(event)
    else if (event.type === 'run') {
      this.#trace({ kind: 'run', run: event })
      this.#truth.ran(event)
    }
  }

  #tap(...[server, event, owner, isLeft, deliver]: Parameters<Tap>): void {
    this.#trace({ kind: 'connection', server, event })
    if (isLeft && event.type !== 'connection.closed') {
      this.#left.hear(event, owner, deliver)
      return
    }
    if (event.type === 'connection.call.sent') this.#deadlines.sent(event.callId)
    if (event.type === 'connection.call.progress') this.#deadlines.progressed(event.callId)
    deliver()
  }

  #trace(told: Told): void {
    this.options.trace?.(this.#world.now - this.#startedAt, told)
  }
}

/** Of a function that no server has. */
function isAnsweredHere(functionName: string): boolean {
  return functionName === 'tool_status'
}
