import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { RealtimeOptions } from '../../agent/model/realtime-model.ts'
import { messageOf, SwitchboardError } from '../../errors.ts'
import type { Outcome, SwitchboardEvent } from '../../protocol.ts'
import type { Turn } from '../../rehearsal/call/place-call.ts'
import { callRate } from '../../rehearsal/speech/messages.ts'
import { resample } from '../../rehearsal/speech/resample.ts'
import type { Speech } from '../../rehearsal/speech/speech.ts'
import { decodeWav, encodeWav } from '../../rehearsal/speech/wav.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { type ConfigurationFile, configurationFile, exampleConfiguration } from '../configuration-file.ts'
import { type ExitCode, UsageError } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { type Outbox, startOutbox } from '../outbox.ts'
import { rehearsedEnvironment } from '../rehearsed-world.ts'
import type { RehearseOptions, Request, Strike } from './options.ts'
import { jsonPrinter, type Printer, textPrinter } from './printer.ts'
import { judge, type SeenTurn, script } from './script.ts'

const callerVoice = 'rms'

/** The whole run: servers, outbox, ears and mouth, one spoken call, and the verdict. Leaves no process behind. */
export async function rehearse(options: RehearseOptions): Promise<ExitCode> {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  const printer = (options.json ? jsonPrinter : textPrinter)(Date.now(), print)
  const interruption = interruptible(() =>
    printer.note('interrupted; closing the servers (again to leave at once)'),
  )
  const run = new Run(options, printer, interruption.signal)
  try {
    const ok = await run.call()
    return ok ? 0 : 1
  } catch (error) {
    if (interruption.signal.aborted) return 130
    throw error
  } finally {
    await run.cleanUp()
    interruption.dispose()
  }
}

class Run {
  readonly #cleanUps: (() => Promise<unknown>)[] = []
  readonly #requests: readonly Request[]
  readonly #isScripted: boolean
  readonly #configuration: ConfigurationFile
  readonly #calls: { turn: number; function: string; outcome: Outcome }[] = []
  readonly #struck = new Set<Strike>()
  #turn = -1
  #whenStored: (() => void) | undefined

  constructor(
    private readonly options: RehearseOptions,
    private readonly printer: Printer,
    private readonly signal: AbortSignal,
  ) {
    this.#isScripted = options.requests.length === 0
    // The script is about the examples; to the servers of a folder it would do what nobody asked for.
    const isAboutExamples = this.#isScripted && options.configFile === undefined
    this.#configuration = isAboutExamples ? exampleConfiguration : configurationFile(options.configFile)
    this.#requests = this.#isScripted ? script.map(({ request }) => request) : options.requests
  }

  async call(): Promise<boolean> {
    const { options, printer, signal } = this
    const folder = resolve(dirname(options.out))
    if (options.model === 'openai' && !process.env.OPENAI_API_KEY) {
      throw new UsageError('--model openai: set OPENAI_API_KEY, or leave the option out for the rehearsal')
    }
    const turns = await Promise.all(this.#requests.map(turnOf))
    printer.note(
      options.model === 'rehearsal'
        ? 'This is a rehearsal: the model is a small stand-in on this machine, not OpenAI.'
        : 'The model is OpenAI’s. This costs money.',
    )
    await prepare(folder, options.out)
    const outbox = await startOutbox({ folder: join(folder, 'outbox'), onStored: () => this.#mailStored() })
    this.#cleanUps.push(() => outbox.close())
    const earlierMails = new Set((await outbox.messages()).map(({ file }) => file))
    printer.note(
      this.#configuration.chosen === 'example'
        ? 'No key, no network: a mail server on this machine keeps what it gets in the outbox.'
        : `The servers of ${this.#configuration.file} are real, and what they do is done. Only what they send to \${SMTP_URL} stays in the outbox.`,
    )

    const switchboard = this.#startServers(folder, outbox)
    this.#checkStrikes(switchboard)
    // LiveKit takes a second to load; meanwhile the voices and the servers start.
    const starting = startVoices(options)
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
      this.#untilSettled(switchboard),
    ])
    signal.throwIfAborted()
    const conversation = switchboard.conversation()
    const record = await placeCall({
      conversation,
      realtime,
      turns,
      say: async (text) => (await speech.say(text, { voice: callerVoice })).pcm,
      speed: options.speed,
      signal,
      onEvent: (event) => printer.voice(event),
      beforeTurn: (index) => {
        this.#turn = index
      },
    })
    await conversation.end()
    await switchboard.stop()

    const { caller, agent } = record.recording
    await writeFile(options.out, encodeWav([caller, agent], record.sampleRate))
    const mails = (await outbox.messages()).filter(({ file }) => !earlierMails.has(file))
    const seen = record.turns.map((turn, index): SeenTurn & { timedOut: boolean } => ({
      ...turn,
      calls: this.#calls.filter((call) => call.turn === index),
    }))
    const complaints = this.#isScripted ? judge(seen, mails) : [...unanswered(seen), ...this.#missedStrikes()]
    const ok = complaints.length === 0
    printer.end({ ok, recording: resolve(options.out), outbox: outbox.folder, mails, complaints })
    return ok
  }

  /** In the reverse order of their start, each of them although another fails. */
  async cleanUp(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) {
      await cleanUp().catch((error) => this.printer.problem(messageOf(error)))
    }
  }

  #startServers(folder: string, outbox: Outbox): Switchboard {
    const { watch, recordTo } = this.options
    const { file: configFile } = this.#configuration
    const switchboard = createSwitchboard({
      ...{ configFile, watch },
      ...(recordTo === undefined ? {} : { recordTo }),
      environment: rehearsedEnvironment(folder, outbox),
    })
    for (const warning of switchboard.warnings) this.printer.note(warning)
    this.#cleanUps.push(() => switchboard.stop())
    switchboard.subscribe((event) => this.#onEvent(switchboard, event))
    switchboard.start()
    return switchboard
  }

  async #untilSettled(switchboard: Switchboard): Promise<void> {
    await switchboard.settled()
    this.signal.throwIfAborted()
    if (switchboard.servers.some(({ functions }) => functions.length > 0)) return
    const reasons = switchboard.servers.map(
      ({ name, state, lastError }) => `${name} is ${state}: ${lastError}`,
    )
    const why = reasons.join('; ') || 'the configuration names none; add one under "mcpServers"'
    throw new SwitchboardError('no_usable_server', `no usable server: ${why}`)
  }

  #checkStrikes(switchboard: Switchboard): void {
    const names = switchboard.servers.map(({ name }) => name)
    for (const { server, turn } of this.options.strikes) {
      const place = `--kill ${server}@${turn}`
      if (!names.includes(server))
        throw new UsageError(`${place}: the servers are ${names.join(', ')}; name one of them`)
      if (turn > this.#requests.length) {
        const turns =
          this.#requests.length === 1 ? 'is only one turn' : `are only ${this.#requests.length} turns`
        throw new UsageError(`${place}: there ${turns}; give a turn that takes place`)
      }
    }
  }

  #onEvent(switchboard: Switchboard, event: SwitchboardEvent): void {
    this.printer.server(event)
    if (event.type === 'call.ended') {
      this.#calls.push({ turn: this.#turn, function: event.function, outcome: event.outcome })
    }
    if (event.type !== 'call.sent') return
    const strike = this.options.strikes.find(
      ({ server, turn }) => server === event.server && turn === this.#turn + 1,
    )
    // Once: a call that is sent again is let through.
    if (strike && !this.#struck.has(strike)) {
      this.#struck.add(strike)
      this.#kill(switchboard, event.server)
    }
    if (this.#isScripted && script[this.#turn]?.killWhenStored) {
      this.#whenStored = () => this.#kill(switchboard, event.server)
    }
  }

  /** The message is on disk, and the outbox has not answered yet. */
  #mailStored(): void {
    this.#whenStored?.()
    this.#whenStored = undefined
  }

  #missedStrikes(): string[] {
    return this.options.strikes
      .filter((strike) => !this.#struck.has(strike))
      .map(({ server, turn }) => `turn ${turn}: no call went out to ${server}, so it was not killed`)
  }

  #kill(switchboard: Switchboard, name: string): void {
    const pid = switchboard.servers.find((server) => server.name === name)?.pid
    if (pid === undefined) {
      this.printer.problem(`${name} is no process of this machine and cannot be killed`)
      return
    }
    process.kill(pid, 'SIGKILL')
    this.printer.strike(`${name}: SIGKILL to process ${pid}`)
  }
}

interface Voices {
  speech: Speech
  realtime: RealtimeOptions
  close: () => Promise<void>
}

/** The caller's mouth, and what the agent talks to. */
async function startVoices({ model, port }: RehearseOptions): Promise<Voices> {
  const { startRehearsal, startSpeech } = await import('../../rehearsal/index.ts')
  if (model === 'openai') {
    const speech = await startSpeech()
    return { speech, realtime: { provider: 'openai' }, close: () => speech.close() }
  }
  const { speech, url, close } = await startRehearsal({ port })
  return { speech, realtime: { provider: 'rehearsal', baseURL: url }, close }
}

async function turnOf({ kind, value }: Request): Promise<Turn> {
  if (kind !== 'wav') return { kind, text: value }
  try {
    const { pcm, sampleRate } = decodeWav(await readFile(value))
    return { kind: 'audio', pcm: resample(pcm, sampleRate, callRate), label: value }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = isMissing ? 'there is no such file' : messageOf(error)
    throw new UsageError(`--wav ${value}: ${why}; name a recording in WAV format`)
  }
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

function unanswered(turns: readonly (SeenTurn & { timedOut: boolean })[]): string[] {
  return turns.flatMap(({ said, heard, timedOut, calls }, index) => {
    const place = `turn ${index + 1}: “${said}”`
    if (heard === '') return [`${place} was not heard: no known sentence is like it`]
    if (timedOut) return [`${place} was not answered`]
    if (calls.length === 0) return [`${place} led to no function call; it was heard as “${heard}”`]
    return []
  })
}
