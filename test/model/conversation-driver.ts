import { expect } from 'vitest'
import type { CallOptions, Conversation, SwitchboardEvent } from '../../src/index.ts'
import type { Dependencies } from '../../src/switchboard/dependencies.ts'
import { type Opened, open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'
import { until } from '../support/until.ts'
import {
  type ConversationModelEventName,
  type ConversationModelState,
  type Ending,
  seenIn,
  type Tool,
} from './conversation-model.ts'
import { endOf } from './outcomes.ts'

const never = 600_000
/** No call ends by time but one that is in a hurry. */
const times = {
  ...{ patienceMs: never, callTimeoutMs: never, unresponsiveAfterMs: never },
  ...{ heartbeatMs: never, heartbeatDuringCallsMs: never },
}
const hurryMs = 50

/** Where an event leads to, in the model. */
interface Arrival {
  value: ConversationModelState
  context: { endings: readonly Ending[] }
}

interface AskedCall {
  tool: Tool
  /** The server answers once it is there; the same for each attempt, and for no other call. */
  file: string
  caller: AbortController
  /** How, once it has ended. */
  ended?: string
}

/** Does to a real conversation, and to the real server behind it, what happens in the model. */
export class ConversationDriver {
  readonly #conversation: Conversation
  readonly #heard: SwitchboardEvent[] = []
  readonly #callIds = new Map<string, string>()
  #open: AskedCall[] = []
  #asked = 0

  static async open(dependencies?: Dependencies): Promise<ConversationDriver> {
    const server = new TestServer('--only', 'charge,look')
    const opened = open({ it: server.stdio({ trustAnnotations: true }) }, times, dependencies)
    await opened.untilReady('it')
    return new ConversationDriver(server, opened)
  }

  private constructor(
    private readonly server: TestServer,
    private readonly opened: Opened,
  ) {
    this.#conversation = opened.switchboard.conversation()
    this.#conversation.subscribe((event) => {
      this.#heard.push(event)
      if (event.type === 'call.started') this.#callIds.set(`${event.arguments.until}`, event.callId)
    })
  }

  readonly events: Record<ConversationModelEventName, () => Promise<void> | void> = {
    'the caller asks to charge': () => this.#ask('charge', { amount: 1 }),
    'the caller asks to look': () => this.#ask('look'),
    'the caller asks for nonsense': () => this.#ask('charge', { amount: 'nonsense' }),
    'the caller asks in a hurry': () => this.#ask('charge', { amount: 1 }, { timeoutMs: hurryMs }),
    'the caller interrupts': () => this.#conversation.interrupt(),
    'the charge is cancelled': () => this.#find('charge').caller.abort(),
    'the look is cancelled': () => this.#find('look').caller.abort(),
    'the server answers': () => {
      for (const { file } of this.#open) this.server.release(file)
    },
    'the server dies and is replaced': async () => {
      const { generation } = this.opened.server('it')
      await killServer(this.server)
      await this.opened.until('another one is ready', () => {
        const server = this.opened.server('it')
        return server.state === 'ready' && server.generation > generation
      })
    },
    'the server goes away': async () => {
      this.server.order({ at: 'start', ending: 'exit' })
      await killServer(this.server)
      await this.opened.untilState('it', 'reconnecting')
    },
    'the server comes back': async () => {
      this.server.lift()
      await this.opened.untilReady('it')
    },
    'the conversation ends': () => this.#conversation.end(),
    'the switchboard stops': () => this.opened.switchboard.stop(),
  }

  readonly states = {
    '*': async ({ value, context }: Arrival): Promise<void> => {
      for (const ending of context.endings) await this.#expectEnd(ending, value)
      const { server, open } = seenIn[value]
      for (const call of this.#open) await this.#expectOpen(call, open[call.tool] ?? 0)
      const { state, inFlight } = this.opened.server('it')
      expect({ open: this.#open.map(({ tool }) => tool).sort(), state, inFlight }).toEqual({
        open: Object.keys(open),
        state: server ?? state,
        inFlight: Object.values(open).filter((ran) => ran > 0).length,
      })
    },
  }

  /** What is still open gets its answer, and nothing ran that was not told. */
  async finish(): Promise<void> {
    this.server.lift()
    this.events['the server answers']()
    for (const call of this.#open) {
      await until(() => call.ended, `${call.tool} ends`)
      expect(call.ended).toBe('ok')
    }
    await this.opened.switchboard.stop()
    const sent = this.#heard.filter(({ type }) => type === 'call.sent')
    expect(this.server.ledger.filter(({ event }) => event === 'start')).toHaveLength(sent.length)
  }

  #ask(tool: Tool, args: { amount?: unknown } = {}, options: CallOptions = {}): void {
    const file = `answer-${++this.#asked}`
    const caller = new AbortController()
    const { signal } = caller
    const call: AskedCall = { tool, file, caller }
    this.#open.push(call)
    const outcome = this.#conversation.call(tool, { ...args, until: file }, { ...options, signal })
    void outcome.then((outcome) => {
      call.ended = endOf(outcome)
    })
  }

  async #expectEnd({ tool, ends, ran, heard }: Ending, at: ConversationModelState): Promise<void> {
    const call = this.#find(tool)
    this.#open = this.#open.filter((one) => one !== call)
    // One that goes out once more may never end.
    await until(() => call.ended !== undefined || this.#runs(call) > ran, `${tool} ends`)
    const once = heard ? 1 : 0
    expect(this.#seen(call)).toEqual({ tool, ends, ran, started: once, sent: ran, ended: once })
    if (ends !== 'cancelled, unknown' || at === 'stopped') return
    await until(() => this.#wasTold(call), `the server is told that ${tool} is cancelled`)
  }

  async #expectOpen(call: AskedCall, ran: number): Promise<void> {
    await until(() => call.ended !== undefined || this.#runs(call) >= ran, `${call.tool} runs`)
    const { tool } = call
    expect(this.#seen(call)).toEqual({ tool, ends: undefined, ran, started: 1, sent: ran, ended: 0 })
  }

  #find(tool: Tool): AskedCall {
    const found = this.#open.find((call) => call.tool === tool)
    if (!found) throw new Error(`no ${tool} is open`)
    return found
  }

  #runs({ file }: AskedCall): number {
    const { ledger } = this.server
    return ledger.filter((note) => note.event === 'start' && note.arguments?.until === file).length
  }

  /** That nobody waits for it any more. */
  #wasTold({ file }: AskedCall): boolean {
    const callId = this.#callIds.get(file)
    return this.server.journal.some((note) => note.event === 'cancelled' && note.callId === callId)
  }

  /** What its caller, its server and listeners know of it. */
  #seen(call: AskedCall) {
    const callId = this.#callIds.get(call.file)
    const count = (type: SwitchboardEvent['type']) =>
      this.#heard.filter((event) => event.type === type && 'callId' in event && event.callId === callId)
        .length
    return {
      ...{ tool: call.tool, ends: call.ended, ran: this.#runs(call) },
      ...{ started: count('call.started'), sent: count('call.sent'), ended: count('call.ended') },
    }
  }
}
