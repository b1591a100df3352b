import { randomUUID } from 'node:crypto'
import type { RealtimeOptions } from '../../agent/index.ts'
import type { WorkerSwitchboard } from '../../agent/worker/options.ts'
import { messageOf } from '../../contract/errors.ts'
import type { Conversation, SwitchboardEvent } from '../../contract/protocol.ts'
import { requirePackages } from '../../packages.ts'
import type { Turn } from '../../rehearsal/call/place-call.ts'
import type { RehearsalEvent, Speech } from '../../rehearsal/index.ts'
import type { Switchboard } from '../../switchboard.ts'
import { describeCall } from '../describe.ts'
import { type AgentFile, isWhole, makeAgent, readAgentFile } from './agent-file.ts'
import { listen } from './listening.ts'
import { CallObserver } from './observer.ts'
import type { Agent, RehearseCallOptions, ScriptedTurn } from './options.ts'
import type { RehearsedCall } from './result.ts'

const callerVoice = 'rms'
const defaultSpeed = 4
const defaultSettleMs = 5_000

/**
 * One spoken call, in which a caller follows a script, the agent is that of the user, and the model a stand-in on this machine:
 * no key, no network. Leaves nothing running. Rejects where the call cannot take place or does not get through its script, with
 * a SwitchboardError `package_missing` where a package is not installed.
 */
export async function rehearseCall(options: RehearseCallOptions): Promise<RehearsedCall> {
  const stage = new Stage(options)
  try {
    return await stage.call()
  } finally {
    await stage.close()
  }
}

class Stage {
  readonly #cleanUps: (() => unknown)[] = []
  readonly #observer: CallObserver
  readonly #stop = new AbortController()
  /** Turns whose `during` was run. */
  readonly #struck = new Set<number>()
  readonly #strikes: Promise<void>[] = []

  constructor(private readonly options: RehearseCallOptions) {
    this.#observer = new CallObserver(options.speed ?? defaultSpeed)
  }

  async call(): Promise<RehearsedCall> {
    const { options } = this
    const { script, speed = defaultSpeed, instructions } = options
    requirePackages('rehearseCall')
    const [{ placeCall }, rehearsal] = await Promise.all([
      import('../../rehearsal/call/place-call.ts'),
      import('../../rehearsal/index.ts'),
    ])
    const file = options.agentFile === undefined ? undefined : await readAgentFile(options.agentFile)
    const switchboard = await this.#servers(file)
    switchboard.start()
    const [{ speech, realtime }] = await Promise.all([
      this.#model(rehearsal),
      switchboard.settled({ timeoutMs: options.settleWithinMs ?? defaultSettleMs }),
    ])
    const conversation = options.conversation ?? this.#conversation(switchboard)
    const agent = await this.#agent(file, conversation, switchboard)
    this.#cleanUps.push(switchboard.subscribe((event) => this.#happened(event)))
    const signals = [this.#stop.signal, ...(options.signal ? [options.signal] : [])]
    const observer = this.#observer
    observer.begin()
    const { recording, sampleRate } = await placeCall({
      ...{ conversation, realtime, speed },
      ...(agent === undefined ? {} : { agent }),
      ...(instructions === undefined ? {} : { instructions }),
      turns: script.map(turnOf),
      say: async (text) => (await speech.say(text, { voice: callerVoice })).pcm,
      signal: AbortSignal.any(signals),
      beforeTurn: (index) => this.#beginTurn(index),
      onCallerFinished: () => observer.callerFinished(),
      onEvent: (event) => observer.voice(event),
      onFunction: (executed) => observer.executed(executed),
      onUtterance: (utterance) => observer.sounded(utterance),
    })
    await Promise.all(this.#strikes)
    this.#stop.signal.throwIfAborted()
    // Calls that still run have their outcome then.
    if (!options.conversation) await conversation.end()
    const { greeting, turns, problems, sounds } = observer
    const said = [...greeting, ...turns.flatMap((turn) => turn.said)]
    if (options.listen ?? true) await listen(speech, sounds, said)
    const call = { greeting, turns, problems, recording: { ...recording, sampleRate } }
    this.#checkStrikes(call)
    return call
  }

  /** In the reverse order of their start, each of them although another fails. Never rejects. */
  async close(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) {
      try {
        await cleanUp()
      } catch (error) {
        process.emitWarning(`the rehearsal left something: ${messageOf(error)}`, 'SwitchboardWarning')
      }
    }
  }

  async #servers(file: AgentFile | undefined): Promise<WorkerSwitchboard> {
    const { switchboard, mcpServers } = this.options
    if (switchboard) return switchboard
    if (mcpServers === undefined && file?.kind !== 'definition') {
      throw new TypeError('rehearseCall has no servers: give it a switchboard, or mcpServers')
    }
    const made =
      mcpServers === undefined && file?.kind === 'definition'
        ? await file.createSwitchboard()
        : await ownSwitchboard(mcpServers ?? {})
    this.#cleanUps.push(() => made.stop())
    return made
  }

  #conversation(switchboard: WorkerSwitchboard): Conversation {
    const conversation = switchboard.conversation({ id: randomUUID() })
    this.#cleanUps.push(() => conversation.end())
    return conversation
  }

  async #agent(
    file: AgentFile | undefined,
    conversation: Conversation,
    switchboard: WorkerSwitchboard,
  ): Promise<Agent | undefined> {
    if (file?.kind === 'definition') return file.make({ conversation })
    const agent = file?.make ?? this.options.agent
    if (typeof agent !== 'function') return agent
    if (!isWhole(switchboard)) throw new TypeError('an agent cannot be made of this switchboard')
    return makeAgent(agent, { conversation, switchboard })
  }

  /** What the agent talks to, and the caller's mouth and ears. */
  async #model(
    rehearsal: typeof import('../../rehearsal/index.ts'),
  ): Promise<{ speech: Speech; realtime: RealtimeOptions }> {
    const { model, phrases = {} } = this.options
    let { speech } = this.options
    if (!speech) {
      const own = await rehearsal.startSpeech()
      this.#cleanUps.push(() => own.close())
      speech = own
    }
    if (model) return { speech, realtime: model }
    const onEvent = (event: RehearsalEvent) => this.#observer.rehearsed(event)
    const { url, close } = await rehearsal.startRehearsal({ speech, phrases, onEvent })
    this.#cleanUps.push(close)
    return { speech, realtime: { provider: 'rehearsal', baseURL: url } }
  }

  async #beginTurn(index: number): Promise<void> {
    const turn = this.options.script[index]
    if (!turn) return
    await turn.before?.()
    this.#observer.beginTurn(textOf(turn), 'type' in turn)
  }

  #happened(event: SwitchboardEvent): void {
    this.#observer.happened(event)
    if (event.type !== 'call.sent') return
    const index = this.#observer.turns.length - 1
    const during = this.options.script[index]?.during
    if (!during || this.#struck.has(index)) return
    this.#struck.add(index)
    const strike = this.#strike(() => during({ function: event.function, server: event.server }))
    this.#strikes.push(strike)
  }

  /** A strike that fails ends the call. */
  async #strike(during: () => unknown): Promise<void> {
    try {
      await during()
    } catch (error) {
      this.#stop.abort(error)
    }
  }

  #checkStrikes(call: RehearsedCall): void {
    const missed = this.options.script.findIndex((turn, index) => turn.during && !this.#struck.has(index))
    const turn = this.options.script[missed]
    if (!turn) return
    const what = `turn ${missed + 1}, “${textOf(turn)}”: no call went out to a server, so that what was to happen during it did not`
    throw new Error(`${what}\n\n${describeCall(call)}`)
  }
}

async function ownSwitchboard(
  mcpServers: NonNullable<RehearseCallOptions['mcpServers']>,
): Promise<Switchboard> {
  const { createSwitchboard } = await import('../../switchboard.ts')
  return createSwitchboard({ mcpServers })
}

function turnOf(turn: ScriptedTurn): Turn {
  return 'type' in turn ? { kind: 'type', text: turn.type } : { kind: 'say', text: turn.caller }
}

function textOf(turn: ScriptedTurn): string {
  return 'type' in turn ? turn.type : turn.caller
}
