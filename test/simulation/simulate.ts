import type { Dependencies } from '../../src/dependencies.ts'
import type { Conversation, SwitchboardEvent } from '../../src/index.ts'
import { policySchema } from '../../src/policy.ts'
import { composeSwitchboard } from '../../src/switchboard.ts'
import type { HistoryEvent } from '../history/history.ts'
import { outcomeEvent } from '../history/outcome-event.ts'
import { Random } from '../support/random.ts'
import type { Tap } from './connection.ts'
import { type Violation, Watch } from './invariants.ts'
import { type Machines, machinesOf, productionMachines } from './machines.ts'
import { type Deed, type Plan, withOwnServers } from './plan.ts'
import { entriesOf, functions, ownPlaces, places, sharedPlaces } from './scenery.ts'
import { calmTicket, SimulatedServer } from './server.ts'
import type { Told } from './trace.ts'
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
  readonly #watch: Watch
  readonly #servers = new Map<string, SimulatedServer>()
  readonly #switchboard
  readonly #conversations = new Map<number, Conversation>()
  readonly #editions = new Map<string, number>()
  readonly #removed = new Set<string>()
  readonly #timeouts = new Map<string, number>()
  readonly #bugs = { servers: new Set<string>(), calls: 0 }
  /** Code behind promises is to run before time passes. */
  #isDirty = false
  #faults = 0
  #ids = 0

  constructor(
    private readonly plan: Plan,
    private readonly options: SimulationOptions,
  ) {
    const { seed, policy } = plan
    const world = this.#world
    const now = () => world.now
    const maxCallMs = policy.maxCallMs ?? policySchema.parse({}).maxCallMs
    this.#watch = new Watch(now, maxCallMs, (callId) => this.#timeouts.get(callId))
    for (const [name, place] of Object.entries(places)) {
      this.#servers.set(name, new SimulatedServer(name, place, seed, world, (event) => this.#note(event)))
    }
    const { inspect } = options
    const dependencies: Dependencies = {
      now,
      random: new Random(seed, 'switchboard').next,
      newId: () => `id-${++this.#ids}`,
      clock: world.clock,
      ...machinesOf(
        options.machines ?? productionMachines,
        {
          serverNamed: (name) => this.#server(name),
          tap: (...args) => this.#tap(...args),
        },
        { inServer: (name) => this.#bugInServer(name), inCall: () => this.#bugInCall() },
      ),
      ...(inspect === undefined ? {} : { inspect }),
    }
    this.#switchboard = composeSwitchboard({ ...policy, mcpServers: entriesOf(sharedPlaces) }, dependencies)
    this.#switchboard.subscribe((event) => this.#heard(event))
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
    this.#watch.end()
    return {
      violations: this.#watch.violations,
      history: this.#history,
      calls: this.#history.filter(({ type }) => type === 'call').length,
      faults: this.#faults,
      simulatedMs,
    }
  }

  get #readyWithinMs(): number {
    return backWithinMs + (this.plan.policy.heartbeatMs ?? policySchema.parse({}).heartbeatMs)
  }

  get #isOver(): boolean {
    return this.options.stopAtOnce === true && this.#watch.violations.length > 0
  }

  #server(name: string): SimulatedServer {
    const server = this.#servers.get(name)
    if (!server) throw new Error(`no simulated server ${name}`)
    return server
  }

  async #until(endsAt: number): Promise<void> {
    await this.#settle()
    while (!this.#isOver && this.#world.step(endsAt)) {
      this.#watch.look()
      if (this.#isDirty) await this.#settle()
    }
  }

  async #settle(): Promise<void> {
    this.#isDirty = false
    await new Promise(setImmediate)
  }

  #do(deed: Deed): void {
    this.#isDirty = true
    switch (deed.do) {
      case 'call':
        this.#call(deed)
        break
      case 'interrupt':
        this.#conversation(deed.conversation).interrupt()
        break
      case 'hang up':
        this.#conversations.get(deed.conversation)?.end()
        this.#conversations.delete(deed.conversation)
        break
      case 'fault':
        this.#strike(deed)
        break
      case 'restart':
        if (!this.#removed.has(deed.server)) this.#switchboard.restart(deed.server)
        break
      case 'remove':
        this.#removed.add(deed.server)
        this.#configure()
        this.#world.after(deed.forMs, () => {
          this.#removed.delete(deed.server)
          this.#configure()
        })
        break
      case 'redefine':
        this.#editions.set(deed.server, (this.#editions.get(deed.server) ?? 1) + 1)
        this.#configure()
        break
      case 'calm':
        this.#calm()
        break
    }
  }

  #call(deed: Extract<Deed, { do: 'call' }>): void {
    const { timeoutMs, cancelAfterMs, ticket, isWrong } = deed
    const conversation = this.#conversation(deed.conversation)
    // The id that the call will have.
    if (timeoutMs !== undefined) this.#timeouts.set(`id-${this.#ids + 1}`, timeoutMs)
    conversation.call(deed.function, isWrong ? {} : { ticket }, {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(cancelAfterMs === undefined ? {} : { signal: this.#abortedAfter(cancelAfterMs) }),
    })
  }

  #abortedAfter(delayMs: number): AbortSignal {
    const controller = new AbortController()
    this.#world.after(delayMs, () => controller.abort())
    return controller.signal
  }

  #conversation(index: number): Conversation {
    const known = this.#conversations.get(index)
    if (known) return known
    const own = index < withOwnServers ? { mcpServers: entriesOf(ownPlaces) } : {}
    const conversation = this.#switchboard.conversation(own)
    this.#conversations.set(index, conversation)
    return conversation
  }

  #strike({ server: name, fault, forMs }: Extract<Deed, { do: 'fault' }>): void {
    const server = this.#server(name)
    this.#faults += 1
    this.#note({ type: 'fault', at: this.#world.now, server: name, fault })
    if (fault === 'bug in server actor') this.#bugs.servers.add(name)
    if (fault === 'bug in call actor') this.#bugs.calls += 1
    server.strike(fault)
    this.#world.after(forMs, () => {
      if (server.fault === fault) server.lift()
      this.#mend(name)
    })
  }

  #configure(): void {
    const left = Object.entries(sharedPlaces).filter(([name]) => !this.#removed.has(name))
    const mcpServers = entriesOf(Object.fromEntries(left), (name) => this.#editions.get(name) ?? 1)
    this.#switchboard.configure({ mcpServers })
  }

  /** Nothing is wrong from here on; then everything has to work again. */
  #calm(): void {
    for (const server of this.#servers.values()) server.lift()
    this.#bugs.servers.clear()
    this.#bugs.calls = 0
    this.#removed.clear()
    this.#configure()
    for (const name of this.#servers.keys()) this.#mend(name)
    for (const conversation of this.#conversations.values()) conversation.end()
    this.#conversations.clear()
    this.#world.after(this.#readyWithinMs, () => this.#expectHealth())
  }

  #expectHealth(): void {
    for (const { name, state, lastError } of this.#switchboard.servers) {
      if (state === 'ready') continue
      this.#watch.violated(
        'back again',
        `${name} is ${state} after ${this.#readyWithinMs} ms of calm (${lastError})`,
      )
    }
    this.#expectAnswers()
  }

  /** One after the other: the policy may allow no more. */
  async #expectAnswers(): Promise<void> {
    const conversation = this.#switchboard.conversation()
    for (const { tool } of Object.values(sharedPlaces).flatMap((place) => place.functions)) {
      const outcome = await conversation.call(tool.name, { ticket: calmTicket })
      if (!outcome.ok) this.#watch.violated('back again', `in calm, ${outcome.error.message}`)
    }
  }

  /** The operator's part: nothing else brings back a server that failed, or that was refused. */
  #mend(name: string): void {
    const state = this.#switchboard.servers.find((server) => server.name === name)?.state
    if (state === 'failed' || state === 'unauthorized') this.#switchboard.restart(name)
  }

  /** Every call accounted for, and nothing left. */
  async #stop(): Promise<void> {
    const world = this.#world
    for (const server of this.#servers.values()) server.lift()
    let hasStopped = false
    this.#switchboard.stop().then(() => {
      hasStopped = true
      const open = [...this.#servers.values()].flatMap((server) => [...server.connections])
      if (open.length > 0) this.#watch.violated('nothing left', `${open.length} connections are open`)
      const { timers } = this.#world
      if (timers > 0) this.#watch.violated('nothing left', `${timers} timers of the switchboard are set`)
    })
    const endsAt = world.now + 60_000
    await this.#settle()
    while (!hasStopped && world.step(endsAt)) {
      this.#watch.look()
      await this.#settle()
    }
    if (hasStopped) {
      // What servers still do, and callers who would cancel what has ended.
      while (world.step(Number.POSITIVE_INFINITY)) this.#watch.look()
    } else this.#watch.violated('nothing left', 'stop() does not end')
  }

  #heard(event: SwitchboardEvent): void {
    this.#trace({ kind: 'event', event })
    // No server answers it.
    if ('function' in event && event.function === 'tool_status') return
    this.#watch.heard(event)
    if (event.type === 'call.started') {
      const { callId, at } = event
      const mayRepeat = functions.get(event.function)?.mayRepeat ?? false
      this.#note({ type: 'call', at, callId, function: event.function, mayRepeat })
    } else if (event.type === 'call.ended') {
      this.#isDirty = true
      this.#note(outcomeEvent(event.at, event.callId, event.outcome))
    }
  }

  #note(event: HistoryEvent): void {
    this.#history.push(event)
    if (event.type === 'run') {
      this.#trace({ kind: 'run', run: event })
      this.#watch.ran(event)
    } else if (event.type === 'outcome') this.#watch.told(event)
  }

  #tap(...[server, event, owner, isStale, deliver]: Parameters<Tap>): void {
    this.#trace({ kind: 'connection', server, event })
    if (isStale && event.type !== 'connection.closed') this.#watch.stale(event, owner, deliver)
    else deliver()
  }

  #bugInServer(name: string): void {
    if (this.#bugs.servers.delete(name)) throw new Error('a bug in the server actor')
  }

  #bugInCall(): void {
    if (this.#bugs.calls === 0) return
    this.#bugs.calls -= 1
    throw new Error('a bug in the call actor')
  }

  #trace(told: Told): void {
    this.options.trace?.(this.#world.now - this.#startedAt, told)
  }
}
