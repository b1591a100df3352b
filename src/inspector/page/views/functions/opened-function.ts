import type { FunctionInfo, JsonObject, Outcome } from '../../../../contract/protocol.ts'
import type { FunctionCallRequest, FunctionView } from '../../../wire.ts'
import { ask, wordsOfError } from '../../api.ts'
import { type Field, fieldsOf } from './schema-form/fields.ts'
import { readFields, readJson } from './schema-form/values.ts'

export type Run =
  | { state: 'idle' }
  | { state: 'running'; startedAt: number }
  | { state: 'ended'; outcome: Outcome; arguments: JsonObject }
  | { state: 'failed'; message: string }

const cancelledWords =
  'You cancelled it. If it had gone out, its server was told; the timeline says what became of it.'

/** As the list had it. */
interface Seen {
  view: FunctionView | undefined
}

export interface OpenedFunctionListener {
  onChange(): void
  /** For who does not see it. */
  onNews(text: string): void
}

/** A function with its form, and the call that was last made with it. */
export class OpenedFunction {
  info: FunctionInfo | undefined
  problem: string | undefined
  /** Nothing where its schema says too little: then there is `json` alone. */
  fields: Field[] | undefined
  isJson = false
  json = '{}'
  run: Run = { state: 'idle' }
  readonly #typed = new Map<string, string>()
  #problems: ReadonlyMap<string, string> = new Map()
  #jsonProblem: string | undefined
  /** Absent where nobody has looked at it yet. */
  #seen: Seen | undefined
  #calling: AbortController | undefined

  constructor(
    readonly name: string,
    readonly conversationId: string | undefined,
    private readonly listener: OpenedFunctionListener,
  ) {}

  get typed(): ReadonlyMap<string, string> {
    return this.#typed
  }

  /** By the fields' names. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems
  }

  get jsonProblem(): string | undefined {
    return this.#jsonProblem
  }

  /** As the list has it now: where that is another than before, all of it is read again. */
  see(view: FunctionView | undefined): void {
    if (this.#seen && view === this.#seen.view) return
    const seen = { view }
    this.#seen = seen
    void this.#load(seen)
  }

  type(name: string, text: string): void {
    this.#typed.set(name, text)
    this.#problems = new Map([...this.#problems].filter(([wrong]) => wrong !== name))
    this.#forgetQuestion()
    this.listener.onChange()
  }

  typeJson(text: string): void {
    this.json = text
    this.#jsonProblem = undefined
    this.#forgetQuestion()
    this.listener.onChange()
  }

  /** What stands in the fields goes along, where it can be read. */
  writeJson(isJson: boolean): void {
    this.isJson = isJson
    const read = isJson && this.fields ? readFields(this.fields, this.#typed) : undefined
    if (read && 'arguments' in read) this.json = JSON.stringify(read.arguments, null, 2)
    this.#jsonProblem = undefined
    this.listener.onChange()
  }

  /** Reads the form and makes the call, unless something is wrong in it. Whether it was made. */
  submit(): boolean {
    const args = this.#readForm()
    this.listener.onChange()
    if (!args) return false
    void this.#call({ arguments: args })
    return true
  }

  /** The question was read, and somebody said yes: the same once more. */
  confirm(): void {
    if (this.run.state === 'ended') void this.#call({ arguments: this.run.arguments, confirmed: true })
  }

  decline(): void {
    this.run = { state: 'idle' }
    this.listener.onChange()
  }

  cancel(): void {
    this.#calling?.abort()
  }

  #readForm(): JsonObject | undefined {
    if (this.isJson || !this.fields) {
      const read = readJson(this.json)
      this.#jsonProblem = 'problem' in read ? read.problem : undefined
      return 'arguments' in read ? read.arguments : undefined
    }
    const read = readFields(this.fields, this.#typed)
    this.#problems = 'problems' in read ? read.problems : new Map()
    return 'arguments' in read ? read.arguments : undefined
  }

  /** A yes is for what was asked, not for what is typed afterwards. */
  #forgetQuestion(): void {
    const { run } = this
    const isQuestion =
      run.state === 'ended' && !run.outcome.ok && run.outcome.error.code === 'confirmation_required'
    if (isQuestion) this.run = { state: 'idle' }
  }

  /** `seen`: why; what was asked for another reason before counts no more. */
  async #load(seen: Seen): Promise<void> {
    const { name, conversationId } = this
    const within =
      conversationId === undefined ? '/api' : `/api/conversations/${encodeURIComponent(conversationId)}`
    const answer = await ask<FunctionInfo>(`${within}/functions/${encodeURIComponent(name)}`).catch(
      (error: unknown) => wordsOfError(error),
    )
    if (seen !== this.#seen) return
    if (typeof answer === 'string') this.problem = answer
    else {
      const isSame = JSON.stringify(answer.inputSchema) === JSON.stringify(this.info?.inputSchema)
      this.info = answer
      this.problem = undefined
      if (!isSame) this.#makeFields(answer.inputSchema)
    }
    this.listener.onChange()
  }

  #makeFields(schema: JsonObject): void {
    this.fields = fieldsOf(schema)
    if (!this.fields) this.isJson = true
    for (const { name, initial } of this.fields ?? []) {
      if (!this.#typed.has(name)) this.#typed.set(name, initial)
    }
  }

  async #call(request: FunctionCallRequest): Promise<void> {
    if (this.run.state === 'running') return
    const calling = new AbortController()
    this.#calling = calling
    this.run = { state: 'running', startedAt: Date.now() }
    this.listener.onChange()
    const { name, conversationId } = this
    const body: FunctionCallRequest = {
      ...request,
      ...(conversationId === undefined ? {} : { conversationId }),
    }
    try {
      const path = `/api/functions/${encodeURIComponent(name)}/call`
      const outcome = await ask<Outcome>(path, { body, signal: calling.signal })
      this.run = { state: 'ended', outcome, arguments: request.arguments }
      this.listener.onNews(wordsOfOutcome(outcome))
    } catch (error) {
      const message = calling.signal.aborted ? cancelledWords : wordsOfError(error)
      this.run = { state: 'failed', message }
      this.listener.onNews(message)
    }
    this.listener.onChange()
  }
}

function wordsOfOutcome(outcome: Outcome): string {
  return outcome.ok ? `Answered by ${outcome.server}.` : `${outcome.error.code}: ${outcome.error.message}`
}
