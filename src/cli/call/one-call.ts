import type { JsonObject, Outcome, Progress } from '../../contract/protocol.ts'
import type { Switchboard } from '../../switchboard.ts'
import { oneLine } from '../../text/text.ts'
import type { StatusLine } from '../status-line.ts'
import { untilListed } from '../until-listed.ts'
import { argumentsFor, type WrittenArguments, warningsOf } from './arguments.ts'
import type { CallCommandOptions } from './options.ts'
import { answerInTerminal, confirmInTerminal, isTerminal } from './questions.ts'

export interface CallSurroundings {
  switchboard: Switchboard
  status: StatusLine
  /** How long its server may take to connect. */
  connectTimeoutMs: number
  interrupted: AbortSignal
}

/** From the start of the servers to the outcome, with what the user is asked in between. */
export class OneCall {
  /** Later by the time that a question to the user took. */
  #startedAt = performance.now()
  /** The call itself may be cancelled in a question, too. */
  readonly #cancelled = new AbortController()

  constructor(
    private readonly options: CallCommandOptions,
    private readonly written: WrittenArguments,
    private readonly around: CallSurroundings,
  ) {}

  async outcome(): Promise<Outcome> {
    const { options, around } = this
    const { switchboard, status, connectTimeoutMs, interrupted } = around
    switchboard.start()
    const { timeoutMs = Number.POSITIVE_INFINITY } = options
    await untilListed(switchboard, {
      signal: interrupted,
      status,
      timeoutMs: Math.min(connectTimeoutMs, timeoutMs),
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
    const { switchboard, status, interrupted } = this.around
    const { function: name, timeoutMs } = this.options
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
    const { servers, functions } = this.around.switchboard
    const known = functions.find(({ name }) => name === this.options.function)
    if (!known?.callable) return false
    const first = servers.findIndex(({ name }) => known.servers.includes(name))
    return servers.slice(0, first).every(({ state }) => state !== 'connecting')
  }

  #inputSchema(): JsonObject {
    const { functions } = this.around.switchboard
    return functions.find(({ name }) => name === this.options.function)?.inputSchema ?? {}
  }
}

function progressInWords(name: string, { progress, total, message }: Progress): string {
  const amount = total === undefined ? `${progress}` : `${progress} of ${total}`
  return `${oneLine(name)}: ${message === undefined ? amount : `${oneLine(message)} (${amount})`}`
}
