import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import type { Dependencies } from '../../src/switchboard/dependencies.ts'
import { Subject } from '../faults/subject.ts'
import { type Opened, open } from '../support/opened.ts'
import type { Order } from '../support/test-server.ts'
import type { Transport } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { endOf } from './outcomes.ts'
import { type ServerModelEventName, type ServerModelState, seenIn } from './server-model.ts'

const never = 600_000
/** No call ends by time but one that waits for a server. */
const times = {
  ...{ heartbeatMs: 100, heartbeatDuringCallsMs: 50, heartbeatTimeoutMs: 300 },
  ...{ callTimeoutMs: never, unresponsiveAfterMs: never, drainTimeoutMs: never },
  patienceMs: 60,
}

const nobodyAnswersPings: Order[] = [{ at: 'ping', ending: 'nothing' }]
const credentialsAreRefused: Order[] = [
  { at: 'ping', status: 401 },
  { at: 'initialize', status: 401 },
]
const diesAtStart: Order[] = [{ at: 'start', ending: 'exit' }]
const speaksAnotherProtocol: Order[] = [{ at: 'initialize', result: { protocolVersion: '1999-01-01' } }]

/** Where an event leads to, in the model. */
type Arrival = { state: { value: ServerModelState } }

/** A call that runs until the server is told to answer it. */
interface HeldCall {
  caller: AbortController
  file: string
  /** How, once it has ended. */
  ended?: string
}

/** Does to a real server, behind a real switchboard, what happens in the model. */
export class ServerDriver {
  readonly #opened: Opened
  #held: HeldCall | undefined
  #calls = 0
  #listed = false
  #generation = 0
  /** The arguments of those calls that must have run, in order. */
  readonly #ran: number[] = []

  static async open(over: Transport, dependencies?: Dependencies): Promise<ServerDriver> {
    const subject = new Subject(over, 'legacy', ['--only', 'charge', '--hang-until', 'answers'])
    const driver = new ServerDriver(subject, await subject.entry(), dependencies)
    await subject.server.untilNoted('hangs')
    return driver
  }

  private constructor(
    private readonly subject: Subject,
    private readonly entry: JsonObject,
    dependencies?: Dependencies,
  ) {
    this.#opened = open({ it: entry }, times, dependencies)
  }

  /** Each resolves once what it leads to can be seen. */
  readonly events: Record<ServerModelEventName, (to: Arrival) => Promise<void>> = {
    'it answers': async (to) => {
      await this.#mend()
      await this.#until(to)
    },
    'it dies': async (to) => {
      if (this.subject.over === 'stdio') {
        this.subject.server.order(...diesAtStart)
        this.subject.signal('SIGKILL')
      } else await this.subject.killHttp()
      await this.#heldEnds('connection_lost, unknown')
      await this.#untilDialled(to)
    },
    'it dies once': async (to) => {
      this.subject.signal('SIGKILL')
      await this.#untilDialled(to)
    },
    'it hangs': async (to) => {
      this.#answerNobodyNew()
      this.subject.signal('SIGSTOP')
      await this.#untilDialled(to)
    },
    'it answers no pings during a call': async (to) => {
      await this.#hold()
      this.#answerNobodyNew()
      this.subject.server.order(...nobodyAnswersPings)
      await this.#until(to)
    },
    'it answers pings again': async (to) => {
      await this.#mend()
      await this.#until(to)
      expect(this.#opened.server('it').generation).toBe(this.#generation)
      await this.#answerHeld()
    },
    'it refuses our credentials': async (to) => {
      await this.#mend(...credentialsAreRefused)
      await this.#heldEnds('connection_lost, unknown')
      await this.#until(to)
    },
    'it breaks for good': async (to) => {
      if (this.subject.over === 'http') await this.subject.killHttp()
      const mended = this.#mend(...speaksAnotherProtocol)
      if (this.subject.over === 'stdio') this.subject.signal('SIGKILL')
      await mended
      await this.#until(to)
    },
    'its caller hangs up': async (to) => {
      this.#held?.caller.abort()
      await this.#heldEnds('cancelled, unknown')
      await this.#untilDialled(to)
    },
    'its call ends': async (to) => {
      await this.#answerHeld()
      await this.#until(to)
    },
    'it is restarted': async (to) => {
      await this.#opened.switchboard.restart('it')
      await this.#heldEnds('connection_lost, unknown')
      await this.#untilDialled(to)
    },
    'it is repaired and restarted': async (to) => {
      await this.#mend()
      await this.#opened.switchboard.restart('it')
      await this.#untilDialled(to)
    },
    'it gets new credentials': async (to) => {
      await this.#mend()
      const headers = { authorization: 'Bearer another' }
      await this.#opened.switchboard.configure({ mcpServers: { it: { ...this.entry, headers } } })
      await this.#untilDialled(to)
    },
    'it is removed': async (to) => {
      await this.#opened.switchboard.configure({ mcpServers: {} })
      await this.#until(to)
    },
    'it is removed during a call': async (to) => {
      await this.#hold()
      await this.#opened.switchboard.configure({ mcpServers: {} })
      await this.#until(to)
    },
    'it is put back': async (to) => {
      await this.#mend()
      await this.#opened.switchboard.configure({ mcpServers: { it: this.entry } })
      await this.#untilDialled(to)
      await this.#answerHeld()
    },
    'the switchboard stops': async () => {
      await this.#opened.switchboard.stop()
      await this.#heldEnds('cancelled, unknown')
    },
  }

  readonly states = { '*': ({ value }: Arrival['state']) => this.#check(value) }

  /** Looks at the switchboard, and calls. */
  async #check(state: ServerModelState): Promise<void> {
    if (state === 'ready') this.#listed = true
    const expected = seenIn[state]
    const amount = ++this.#calls
    const outcome = await this.#opened.switchboard.call('charge', { amount })
    expect({
      state: this.#state,
      offer: this.#offer,
      call: { ends: endOf(outcome), ran: this.#runs(amount) },
    }).toEqual({
      ...expected,
      offer: expected.offer === 'away' && !this.#listed ? 'none' : expected.offer,
    })
    if (expected.call.ran === 1) this.#ran.push(amount)
    this.#generation = this.#opened.switchboard.servers[0]?.generation ?? this.#generation
  }

  /** Nothing has run later than it was told. */
  async finish(): Promise<void> {
    await this.#opened.switchboard.stop()
    await this.#heldEnds('cancelled, unknown')
    const started = this.subject.server.ledger.filter(({ event }) => event === 'start')
    expect(started.map((note) => note.arguments?.amount)).toEqual(this.#ran)
  }

  get #state() {
    return this.#opened.statesOf('it').at(-1)
  }

  get #offer() {
    const [offered] = this.#opened.switchboard.functions
    if (!offered) return 'none'
    return offered.callable ? 'callable' : 'away'
  }

  #runs(amount: number): number {
    const { ledger } = this.subject.server
    return ledger.filter((note) => note.event === 'start' && note.arguments?.amount === amount).length
  }

  #until({ state: { value } }: Arrival): Promise<void> {
    return this.#opened.until(`it is ${value}`, () => this.#state === seenIn[value].state)
  }

  /** On another connection than before. */
  #untilDialled({ state: { value } }: Arrival): Promise<void> {
    return this.#opened.until(`it is ${value} anew`, () => {
      const [server] = this.#opened.switchboard.servers
      return server?.state === seenIn[value].state && server.generation > this.#generation
    })
  }

  /** From now on it answers no `initialize`. */
  #answerNobodyNew(): void {
    rmSync(join(this.subject.server.directory, 'answers'), { force: true })
  }

  /** It lives and answers, with these faults only. They are ordered before a process that is started here can ask. */
  #mend(...faults: Order[]): Promise<void> {
    const lifted = this.subject.lift()
    this.subject.server.order(...faults)
    this.subject.server.release('answers')
    return lifted
  }

  async #hold(): Promise<void> {
    const amount = ++this.#calls
    const file = `held-${amount}`
    const caller = new AbortController()
    const { signal } = caller
    const held: HeldCall = { caller, file }
    this.#held = held
    void this.#opened.switchboard.call('charge', { amount, until: file }, { signal }).then((outcome) => {
      held.ended = endOf(outcome)
    })
    this.#ran.push(amount)
    await until(() => this.#runs(amount) === 1, 'the call that is held runs')
  }

  async #answerHeld(): Promise<void> {
    if (!this.#held) return
    this.subject.server.release(this.#held.file)
    await this.#heldEnds('ok')
  }

  async #heldEnds(how: string): Promise<void> {
    const held = this.#held
    if (!held) return
    await until(() => held.ended, 'the call that is held ends')
    expect(held.ended).toBe(how)
    this.#held = undefined
  }
}
