import { text as readAll } from 'node:stream/consumers'
import type { JsonObject, Outcome, Progress } from '../../contract/protocol.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { oneLine } from '../../text/text.ts'
import { chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import { longestConnectTimeout } from '../connect-time.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonDocument } from '../json-output.ts'
import { remember } from '../known-functions.ts'
import { StatusLine } from '../status-line.ts'
import { untilListed } from '../until-listed.ts'
import { argumentsFor, readArguments, type WrittenArguments, warningsOf } from './arguments.ts'
import { answerInTerminal, confirmInTerminal, isTerminal } from './questions.ts'
import { exitCodeOf, failureText } from './report.ts'

export interface CallCommandOptions {
  function: string
  /** Its arguments, as they were typed. */
  words: string[]
  configFile: string | undefined
  /** For everything, the start of its server included. */
  timeoutMs: number | undefined
  /** Somebody has said yes to it. */
  confirmed: boolean
  json: boolean
}

/** Nobody's model reads it here. */
const maxTextCharacters = 100_000_000

/** Calls one function, prints its outcome, and leaves no process behind. */
export async function call(options: CallCommandOptions): Promise<ExitCode> {
  const written = await readArguments(options.words, () => readAll(process.stdin))
  const chosen = chooseConfiguration(options.configFile)
  tellConfiguration(chosen)
  const connectTimeoutMs = longestConnectTimeout(chosen.file)
  const { timeoutMs } = options
  const switchboard = createSwitchboard({
    ...{ configFile: chosen.file, maxTextCharacters },
    // Progress must not make it longer than was said.
    ...(timeoutMs === undefined ? {} : { maxCallMs: Math.ceil(timeoutMs) }),
  })
  for (const warning of switchboard.warnings) process.stderr.write(`switchboard: ${oneLine(warning)}\n`)
  const status = new StatusLine()
  const { signal, dispose } = interruptible(() =>
    status.note('cancelling the call (Ctrl+C again to leave at once)'),
  )
  try {
    const outcome = await new OneCall(
      options,
      written,
      connectTimeoutMs,
      switchboard,
      status,
      signal,
    ).outcome()
    print(outcome, options, switchboard)
    remember(chosen.file, switchboard)
    return exitCodeOf(outcome)
  } finally {
    status.end()
    await switchboard.stop()
    dispose()
  }
}

function print(
  outcome: Outcome,
  { json, function: name }: CallCommandOptions,
  switchboard: Switchboard,
): void {
  if (json) process.stdout.write(jsonDocument(outcome))
  else if (outcome.ok) process.stdout.write(outcome.text.endsWith('\n') ? outcome.text : `${outcome.text}\n`)
  if (!outcome.ok) process.stderr.write(failureText(name, outcome, switchboard))
}

class OneCall {
  /** Later by the time that a question to the user took. */
  #startedAt = performance.now()
  /** The call itself may be cancelled in a question, too. */
  readonly #cancelled = new AbortController()

  constructor(
    private readonly options: CallCommandOptions,
    private readonly written: WrittenArguments,
    /** How long its server may take to connect. */
    private readonly connectTimeoutMs: number,
    private readonly switchboard: Switchboard,
    private readonly status: StatusLine,
    private readonly interrupted: AbortSignal,
  ) {}

  async outcome(): Promise<Outcome> {
    const { switchboard, status, options, interrupted } = this
    switchboard.start()
    const { timeoutMs = Number.POSITIVE_INFINITY } = options
    await untilListed(switchboard, {
      signal: interrupted,
      status,
      timeoutMs: Math.min(this.connectTimeoutMs, timeoutMs),
      isEnough: () => this.#isKnown(),
    })
    const schema = this.#inputSchema()
    const args = argumentsFor(this.written, schema)
    for (const warning of warningsOf(args, options.function, schema)) status.note(warning)
    const outcome = await this.#call(args, options.confirmed)
    if (outcome.ok || outcome.error.code !== 'confirmation_required' || !isTerminal()) return outcome
    const askedAt = performance.now()
    const answer = await confirmInTerminal(outcome.error.message, interrupted)
    this.#startedAt += performance.now() - askedAt
    if (answer) return this.#call(args, true)
    const { confirmation: _, ...error } = outcome.error
    const [code, why] =
      answer === undefined
        ? (['cancelled', 'you left the question'] as const)
        : (['declined', 'you said no'] as const)
    const message = `${options.function} was not called: ${why}. Nothing was done.`
    return { ...outcome, error: { ...error, code, message } }
  }

  #call(args: JsonObject, confirmed: boolean): Promise<Outcome> {
    const { switchboard, status, options, interrupted } = this
    const { function: name, timeoutMs } = options
    status.show(`waiting for ${oneLine(name)}`)
    const passedMs = performance.now() - this.#startedAt
    return switchboard
      .call(name, args, {
        confirmed,
        signal: AbortSignal.any([interrupted, this.#cancelled.signal]),
        ...(timeoutMs === undefined ? {} : { timeoutMs: Math.max(0, timeoutMs - passedMs) }),
        onProgress: (progress) => status.show(progressInWords(name, progress)),
        onQuestion: (question) => {
          status.end()
          return answerInTerminal(question, () => this.#cancelled.abort())
        },
      })
      .finally(() => status.end())
  }

  /** A name goes to the first server of the file that offers it: those before must have listed theirs, or failed. */
  #isKnown(): boolean {
    const { servers, functions } = this.switchboard
    const known = functions.find(({ name }) => name === this.options.function)
    if (!known?.callable) return false
    const first = servers.findIndex(({ name }) => known.servers.includes(name))
    return servers.slice(0, first).every(({ state }) => state !== 'connecting')
  }

  #inputSchema(): JsonObject {
    const { functions } = this.switchboard
    return functions.find(({ name }) => name === this.options.function)?.inputSchema ?? {}
  }
}

function progressInWords(name: string, { progress, total, message }: Progress): string {
  const amount = total === undefined ? `${progress}` : `${progress} of ${total}`
  return `${oneLine(name)}: ${message === undefined ? amount : `${oneLine(message)} (${amount})`}`
}
