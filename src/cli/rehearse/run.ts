import { randomUUID } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { RealtimeOptions } from '../../agent/model/realtime-model.ts'
import type { WorkerSwitchboard } from '../../agent/worker/options.ts'
import { messageOf, SwitchboardError } from '../../contract/errors.ts'
import type { Conversation, Outcome, SwitchboardEvent } from '../../contract/protocol.ts'
import { encodeWav } from '../../rehearsal/speech/wav.ts'
import { isWhole, makeAgent } from '../../testing/rehearsed-call/agent-file.ts'
import type { Agent } from '../../testing/rehearsed-call/options.ts'
import {
  type ChosenConfiguration,
  chooseConfiguration,
  exampleConfiguration,
} from '../chosen-configuration.ts'
import { connectTimeoutOf } from '../connect-time.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { keepForData, writeData } from '../standard-output.ts'
import { StatusLine } from '../status-line.ts'
import { untilListed } from '../until-listed.ts'
import type { RehearseOptions, Request } from './options.ts'
import { inFile, loadOwnAgent, type OwnAgent } from './own-agent.ts'
import { jsonPrinter, type Printer, textPrinter } from './printer.ts'
import { script } from './script.ts'
import { RehearsedServers } from './servers.ts'
import { Strikes } from './strikes.ts'
import { judge, judgeScript } from './verdict.ts'
import { startVoices, turnOf } from './voices.ts'

const callerVoice = 'rms'
/** How long the last servers are waited for, where others can be used. */
const patienceMs = 10_000
const lingerMs = 1_000

/** The whole run: servers, outbox, ears and mouth, one spoken call, and the verdict. Leaves no process behind. */
export async function rehearse(options: RehearseOptions): Promise<ExitCode> {
  const status = new StatusLine()
  const print = (line: string) => {
    status.makeRoom()
    writeData(`${line}\n`)
  }
  const printer = (options.json ? jsonPrinter : textPrinter)(Date.now(), print)
  const interruption = interruptible(() =>
    printer.note('interrupted; closing the servers (again to leave at once)'),
  )
  // A file of somebody's own prints what it likes.
  if (options.agentFile !== undefined) keepForData((text) => process.stderr.write(text))
  const run = new Run(options, printer, status, interruption.signal)
  try {
    const ok = await run.call()
    return ok ? 0 : 1
  } catch (error) {
    if (interruption.signal.aborted) return 130
    throw error
  } finally {
    await run.cleanUp()
    interruption.dispose()
    // What that file began and does not end is nothing to wait for.
    if (options.agentFile !== undefined) setTimeout(() => process.exit(), lingerMs).unref()
  }
}

class Run {
  readonly #cleanUps: (() => Promise<unknown>)[] = []
  readonly #isScripted: boolean
  readonly #configuration: ChosenConfiguration
  readonly #calls: { turn: number; function: string; outcome: Outcome }[] = []
  readonly #strikes: Strikes
  /** Turns in which the agent ran a function, which may be its own. */
  readonly #active = new Set<number>()
  #requests: readonly Request[]
  #turn = -1
  #whenStored: (() => void) | undefined

  constructor(
    private readonly options: RehearseOptions,
    private readonly printer: Printer,
    private readonly status: StatusLine,
    private readonly signal: AbortSignal,
  ) {
    const { requests, agentFile, configFile } = options
    // The script is about the examples; to other servers it would do what nobody asked for.
    this.#isScripted = requests.length === 0 && agentFile === undefined && configFile === undefined
    this.#configuration = this.#isScripted ? exampleConfiguration : chooseConfiguration(configFile)
    this.#requests = this.#isScripted ? script.map(({ request }) => request) : options.requests
    this.#strikes = new Strikes(options.strikes)
  }

  async call(): Promise<boolean> {
    const { options, printer, signal } = this
    const folder = resolve(dirname(options.out))
    const isRehearsal = options.model === 'rehearsal'
    if (!isRehearsal && !process.env.OPENAI_API_KEY) {
      throw new UsageError('--model openai: set OPENAI_API_KEY, or leave the option out for the rehearsal')
    }
    const own = options.agentFile === undefined ? undefined : await loadOwnAgent(options.agentFile, options)
    const servers = new RehearsedServers(options, this.#configuration, own)
    servers.requirePackages()
    const given = await Promise.all(this.#requests.map(turnOf))
    printer.note(
      isRehearsal
        ? 'This is a rehearsal: the model is a small stand-in on this machine, not OpenAI.'
        : 'The model is OpenAI’s. This costs money.',
    )
    await prepare(folder, options.out)
    const outbox = await servers.openOutbox(folder, () => this.#mailStored())
    if (outbox) this.#cleanUps.push(() => outbox.close())
    const earlierMails = new Set((await outbox?.messages())?.map(({ file }) => file))
    printer.note(servers.reality)

    const switchboard = await servers.make(folder, outbox)
    this.#start(switchboard)
    this.#strikes.checkServers(switchboard)
    if (given.length > 0) this.#strikes.checkTurns(given.length)
    // LiveKit takes a second to load; meanwhile the voices and the servers start.
    const starting = startVoices(isRehearsal ? undefined : modelElsewhere(own), options.port)
    // Also when something else fails while they are still starting.
    this.#cleanUps.push(() =>
      starting.then(
        ({ close }) => close(),
        () => {},
      ),
    )
    const [{ placeCall }, { speech, realtime }] = await Promise.all([
      import('../../rehearsal/call/place-call.ts'),
      starting,
      this.#untilUsable(switchboard),
    ])
    const turns = given.length === 0 ? await this.#turnsFor(switchboard) : given
    signal.throwIfAborted()
    const conversation = switchboard.conversation({ id: randomUUID() })
    const agent = own && (await agentOf(own, conversation, switchboard))
    const record = await placeCall({
      ...{ conversation, realtime, turns, signal },
      ...(agent === undefined ? {} : { agent }),
      say: async (text) => (await speech.say(text, { voice: callerVoice })).pcm,
      speed: options.speed,
      onEvent: (event) => printer.voice(event),
      onFunction: () => this.#active.add(this.#turn),
      beforeTurn: (index) => {
        this.#turn = index
      },
    })
    await conversation.end()
    await switchboard.stop()

    const { recording, sampleRate } = record
    await writeFile(options.out, encodeWav([recording.caller, recording.agent], sampleRate))
    const mails = ((await outbox?.messages()) ?? []).filter(({ file }) => !earlierMails.has(file))
    const seen = record.turns.map((turn, index) => ({
      ...turn,
      calls: this.#calls.filter((call) => call.turn === index),
      isActive: this.#active.has(index),
      // What another model hears, it writes in its own way.
      isSpoken: isRehearsal && turns[index]?.kind === 'say',
      isStruck: this.#strikes.has(index),
    }))
    const complaints = this.#isScripted
      ? judgeScript(seen, mails)
      : [...judge(seen), ...this.#strikes.missed()]
    const ok = complaints.length === 0
    const kept = outbox === undefined ? {} : { outbox: outbox.folder }
    printer.end({ ok, recording: resolve(options.out), ...kept, mails, complaints })
    return ok
  }

  /** In the reverse order of their start, each of them although another fails. */
  async cleanUp(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) {
      await cleanUp().catch((error) => this.printer.problem(messageOf(error)))
    }
  }

  #start(switchboard: WorkerSwitchboard): void {
    this.#cleanUps.push(() => switchboard.stop())
    if (isWhole(switchboard)) for (const warning of switchboard.warnings) this.printer.note(warning)
    switchboard.subscribe((event) => this.#onEvent(switchboard, event))
    switchboard.start()
  }

  /** Until each server has listed its tools or failed once. Where one can be used, the others are waited for so long and no longer. */
  async #untilUsable(switchboard: WorkerSwitchboard): Promise<void> {
    const { printer, status, signal } = this
    const isUsable = () => switchboard.servers.some(({ functions }) => functions.length > 0)
    await untilListed(switchboard, { signal, status, timeoutMs: patienceMs })
    if (!isUsable()) {
      const timeoutMs = connectTimeoutOf(undefined)
      await untilListed(switchboard, { signal, status, timeoutMs, isEnough: isUsable })
    }
    signal.throwIfAborted()
    if (!isUsable()) throw noUsableServer(switchboard)
    const late = switchboard.servers.filter(({ state }) => state === 'connecting').map(({ name }) => name)
    if (late.length > 0) printer.note(`The call begins without ${late.join(', ')}: still connecting.`)
  }

  /** Where nothing was asked for. */
  async #turnsFor(switchboard: WorkerSwitchboard) {
    const { requestsFor } = await import('./sentences.ts')
    const { agentFile } = this.options
    const asked = agentFile === undefined ? `--config ${this.#configuration.file}` : `--agent ${agentFile}`
    this.#requests = requestsFor(asked, switchboard)
    this.#strikes.checkTurns(this.#requests.length)
    return Promise.all(this.#requests.map(turnOf))
  }

  #onEvent(switchboard: WorkerSwitchboard, event: SwitchboardEvent): void {
    this.printer.server(event)
    if (event.type === 'call.ended') {
      this.#calls.push({ turn: this.#turn, function: event.function, outcome: event.outcome })
    }
    if (event.type !== 'call.sent') return
    if (this.#strikes.isDue(event.server, this.#turn)) this.#kill(switchboard, event.server)
    if (this.#isScripted && script[this.#turn]?.killWhenStored) {
      this.#whenStored = () => this.#kill(switchboard, event.server)
    }
  }

  /** The message is on disk, and the outbox has not answered yet. */
  #mailStored(): void {
    this.#whenStored?.()
    this.#whenStored = undefined
  }

  #kill(switchboard: WorkerSwitchboard, name: string): void {
    const pid = switchboard.servers.find((server) => server.name === name)?.pid
    if (pid === undefined) {
      this.printer.problem(`${name} is no process of this machine and cannot be killed`)
      return
    }
    process.kill(pid, 'SIGKILL')
    this.printer.strike(`${name}: SIGKILL to process ${pid}`)
  }
}

function noUsableServer({ servers }: WorkerSwitchboard): SwitchboardError {
  const reasons = servers.map(
    ({ name, state, lastError = 'no answer yet' }) => `${name} is ${state}: ${lastError}`,
  )
  const why = reasons.join('; ') || 'the configuration names none; add one under "mcpServers"'
  return new SwitchboardError('no_usable_server', `no usable server: ${why}`)
}

/** An agent's own choice of a model, where that is one. */
function modelElsewhere(own: OwnAgent | undefined): RealtimeOptions {
  const realtime = own?.kind === 'definition' ? own.realtime : undefined
  return realtime?.provider === 'openai' ? realtime : { provider: 'openai' }
}

function agentOf(
  own: OwnAgent,
  conversation: Conversation,
  switchboard: WorkerSwitchboard,
): Agent | Promise<Agent> {
  if (own.kind === 'definition') return own.make({ conversation })
  if (!isWhole(switchboard)) throw new TypeError('an agent cannot be made of this switchboard')
  return inFile(own, 'its function', () => makeAgent(own.make, { conversation, switchboard }))
}

/** Not at the end of a call that was spoken for nothing. */
async function prepare(folder: string, out: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await (await open(out, 'a')).close()
  } catch (error) {
    throw new UsageError(`${out} cannot be written (${messageOf(error)}); choose another file with --out`)
  }
}
