import type { Tool } from '../../src/contract/protocol.ts'
import type { HistoryEvent } from '../history/history.ts'
import { Random } from '../support/random.ts'
import { answerOf, refusal, rpcError, toolError } from './answers.ts'
import { type Asking, type Behaviour, behaviourFor, type Request } from './behaviour.ts'
import type { Fault } from './faults.ts'
import type { Questions } from './questions.ts'
import type { SimulatedPlace } from './scenery.ts'
import type { SimulatedConnection } from './simulated-connection.ts'
import type { World } from './world.ts'

/** A process of a server. What it was doing dies with it. */
export interface Process {
  isDead: boolean
}

interface Run {
  callId: string
  answer: string
  behaviour: Behaviour
  hasAnswered: boolean
}

/** What a server is and does, seen from its own side: it alone knows what ran. */
export class SimulatedServer {
  readonly connections = new Set<SimulatedConnection>()
  readonly random: Random
  /** Its faults that are not over, also where another one stands in their place. */
  readonly ailments = new Set<object>()
  /** How long it asked not to be dialled, when it last refused a connection. */
  askedMs = 0
  /** Of a remote server: its connections share it. */
  process: Process = { isDead: false }
  #fault: Fault | undefined
  #hasMet = false
  #asleep: (() => void)[] = []
  #runs = 0
  #asked = 0

  constructor(
    readonly name: string,
    readonly place: SimulatedPlace,
    private readonly seed: number,
    readonly world: World,
    readonly questions: Questions,
    private readonly ran: (run: Extract<HistoryEvent, { type: 'run' }>) => void,
    /** A fault has an effect, for the first time. */
    private readonly met: (server: string, fault: Fault) => void,
  ) {
    this.random = new Random(seed, 'server', name)
  }

  get fault(): Fault | undefined {
    return this.#fault
  }

  /** Somebody is connected to it, and could be answered. */
  get isServing(): boolean {
    return [...this.connections].some(({ isServing }) => isServing)
  }

  get isBusyWithoutEvents(): boolean {
    return [...this.connections].some(({ isBusyWithoutEvents }) => isBusyWithoutEvents)
  }

  /** Whether it has this fault, where that makes a difference. */
  suffers(fault: Fault): boolean {
    if (this.#fault !== fault) return false
    if (!this.#hasMet) this.met(this.name, fault)
    this.#hasMet = true
    return true
  }

  /** How long anything takes here. */
  takes(least: number, most: number): number {
    return this.#slowed(this.random.spread(least, most))
  }

  get allTools(): Tool[] {
    return this.place.functions.map((one) => one.tool)
  }

  get tools(): Tool[] {
    return this.suffers('other tools') ? this.allTools.slice(1) : this.allTools
  }

  strike(fault: Fault): void {
    this.lift()
    this.#fault = fault
    this.#hasMet = false
    if (fault === 'crash' || fault === 'down' || fault === 'broken') this.#die()
    for (const connection of [...this.connections]) connection.strike(fault)
    if (fault === 'crash') this.#fault = undefined
  }

  lift(): void {
    const { fault } = this
    this.#fault = undefined
    if (fault === 'stopped') for (const work of this.#asleep.splice(0)) work()
    if (fault === 'other tools') for (const connection of [...this.connections]) connection.strike(fault)
  }

  /** Now, or when the process goes on; never where it died meanwhile. */
  whenAwake(process: Process, work: () => void): void {
    if (process.isDead) return
    if (this.suffers('stopped')) this.#asleep.push(() => this.whenAwake(process, work))
    else work()
  }

  newQuestionId(): string {
    this.#asked += 1
    return `${this.name} asks ${this.#asked}`
  }

  /** A request has arrived. */
  serve(connection: SimulatedConnection, request: Request): void {
    const { callId } = request
    if (this.#refuses(connection, callId)) return
    const behaviour = behaviourFor(this.seed, this.place, request)
    if (behaviour.kind === 'refuses') connection.end(callId, rpcError('none'))
    else this.#run(connection, callId, behaviour)
  }

  /** Before the tool runs. */
  #refuses(connection: SimulatedConnection, callId: string): boolean {
    if (this.suffers('overloaded')) connection.end(callId, refusal())
    else if (this.suffers('amnesia')) connection.forgetSession(callId)
    else if (this.suffers('unauthorized')) connection.refuseCredentials(callId)
    else if (this.suffers('cut') && this.random.chance(0.5)) connection.cut(callId)
    else return false
    return true
  }

  #run(connection: SimulatedConnection, callId: string, behaviour: Behaviour): void {
    this.#runs += 1
    const answer = `${this.name} answers ${this.#runs}`
    this.ran({ type: 'run', at: this.world.now, callId, server: this.name, answer })
    const { forMs, progressEveryMs, asking } = behaviour
    const run: Run = { callId, answer, behaviour, hasAnswered: false }
    if (progressEveryMs !== undefined) this.#progress(connection, callId, progressEveryMs, forMs)
    if (asking) this.#ask(connection, run, asking)
    if (!asking?.waits) this.#answer(connection, run)
  }

  /** Also for a call that was given up, and never for one that it has answered: no server may. */
  #ask(connection: SimulatedConnection, run: Run, asking: Asking): void {
    let left = asking.count
    const onReply = () => {
      left -= 1
      if (left === 0 && asking.waits) this.#answer(connection, run)
    }
    this.world.after(this.#slowed(asking.afterMs), () =>
      this.whenAwake(connection.process, () => {
        if (run.hasAnswered || this.suffers('mute')) return
        for (let count = 0; count < asking.count; count++) connection.ask(run.callId, asking, onReply)
      }),
    )
  }

  #answer(connection: SimulatedConnection, run: Run): void {
    const { callId, answer } = run
    const { kind, forMs } = run.behaviour
    if (kind === 'never') return
    this.world.after(this.#slowed(forMs), () =>
      this.whenAwake(connection.process, () => {
        if (this.suffers('mute')) return
        run.hasAnswered = true
        if (this.suffers('cut')) connection.cut(callId)
        else if (this.suffers('garbled')) connection.garble()
        else if (kind === 'tool error') connection.end(callId, toolError())
        else if (kind === 'rpc error') connection.end(callId, rpcError('unknown'))
        else connection.end(callId, answerOf(answer, { total: kind === 'answer' ? 3 : 'three' }))
      }),
    )
  }

  #progress(connection: SimulatedConnection, callId: string, everyMs: number, leftMs: number): void {
    if (leftMs <= everyMs) return
    this.world.after(everyMs, () =>
      this.whenAwake(connection.process, () => {
        connection.progress(callId)
        this.#progress(connection, callId, everyMs, leftMs - everyMs)
      }),
    )
  }

  #slowed(ms: number): number {
    return this.suffers('slow') ? ms * 50 : ms
  }

  #die(): void {
    this.process.isDead = true
    this.process = { isDead: false }
  }
}
