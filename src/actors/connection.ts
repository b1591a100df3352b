import { randomUUID } from 'node:crypto'
import { fromCallback } from 'xstate'
import type {
  AskedQuestion,
  ConnectionCommand,
  ConnectionEvent,
  ConnectionInput,
  EndedCall,
  QuestionReply,
} from '../contract/connection.ts'
import { messageOf } from '../contract/errors.ts'
import { isReading } from '../machines/resource-reading.ts'
import { abandoned } from '../machines/server-context.ts'
import { clean, tail } from '../text/text.ts'
import type { CallRequest, ClientListener, ClientWrapper, McpClient } from './connection/client.ts'
import { type DialHost, dial, KnownDialects } from './connection/dial.ts'
import type { Problem } from './connection/failure.ts'
import { lastWords } from './connection/last-words.ts'
import type { Link } from './connection/link.ts'
import { masked } from './connection/masked.ts'
import { type Network, networkOf } from './connection/network.ts'
import { callForResource } from './connection/resource-call.ts'
import { RunningReads } from './connection/running-reads.ts'
import { ServerLog } from './connection/server-log.ts'
import { ServerProcess } from './connection/server-process.ts'
import { ToolListings } from './connection/tool-listings.ts'
import type { Disturbance, Disturbances } from './disturbances.ts'

/** Of what a dead server wrote before its last words. */
const maxStderrCharacters = 2_000

/** One for all: each `abort()` would make an error of its own, with its stack. */
const connectionClosed = new Error('the connection is closed')

interface Running {
  sent: boolean
  /** Fresh for each call: the SDK never removes its listener. */
  controller: AbortController
}

type Emit = (event: ConnectionEvent) => void

/** The actor logic of one connection; see `ConnectionCommand` and `ConnectionEvent` for its contract. */
export function createConnection(disturbances: Disturbances, wrap: ClientWrapper = (client) => client) {
  const known = new KnownDialects()
  return fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive }) => {
    const one = new Connection(input, disturbances.of(input.definition), known, wrap, sendBack)
    receive((command) => one.handle(command))
    one.open()
    return () => one.close()
  })
}

class Connection implements DialHost {
  readonly #generation: number
  readonly #masked: (event: ConnectionEvent) => ConnectionEvent
  readonly #log = new ServerLog((message) =>
    this.#say({ type: 'connection.logged', generation: this.#generation, ...message }),
  )
  readonly #running = new Map<string, Running>()
  readonly #reads: RunningReads
  readonly #tools: ToolListings
  /** Questions of the server that have no answer, and what takes it. */
  readonly #questions = new Map<string, (reply: QuestionReply) => void>()
  #client: McpClient | undefined
  #process: ServerProcess | undefined
  #network: Network | undefined
  readonly #closing = new AbortController()
  #isLost = false
  #isChecking = false
  #reportNextByte = false
  #lastByteAt = 0

  constructor(
    private readonly input: ConnectionInput,
    private readonly disturbance: Disturbance,
    private readonly known: KnownDialects,
    private readonly wrap: ClientWrapper,
    private readonly emit: Emit,
  ) {
    const { generation, definition, listTimeoutMs } = input
    const { name, target } = definition
    this.#generation = generation
    this.#reads = new RunningReads(name)
    this.#tools = new ToolListings({
      timeoutMs: listTimeoutMs,
      list: async (timeoutMs) => this.#client?.listTools(timeoutMs),
      onListed: ({ tools, rejected }) => this.#say({ type: 'connection.tools', generation, tools, rejected }),
      onFailed: (reason) => this.#say({ type: 'connection.suspect', generation, reason }),
    })
    this.#masked = (event) => masked(event, (text) => target.mask(clean(text)))
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  onClient(client: McpClient): void {
    this.#client = this.wrap(client, this.input)
  }

  /** Masked before it is cut: half a secret would not be recognised. */
  get #stderr(): string {
    return this.input.definition.target.mask(this.#process?.stderr ?? '')
  }

  async open(): Promise<void> {
    const { definition } = this.input
    const generation = this.#generation
    const listener: ClientListener = {
      onBytes: () => this.#heard(),
      onToolsChanged: () => this.#tools.listSoon(),
      onLost: (reason) => this.#lose({ verdict: 'lost', reason }),
      onSuspect: (reason) => this.#say({ type: 'connection.suspect', generation, reason }),
      onEventStreamLost: (reason) => this.#say({ type: 'connection.stream.lost', generation, reason }),
      onLateAnswer: () => this.#say({ type: 'connection.call.late', generation }),
      onLog: (params) => this.#log.take(params),
      onQuestion: (...asked) => this.#ask(...asked),
    }
    try {
      const link = await this.#link()
      if (this.#isClosing) return await this.#network?.close()
      const problem = await dial(definition, link, listener, this.known, this)
      if (problem) return this.#lose(problem)
      const { peer, instructions } = this.#client ?? {}
      const pid = this.#process?.pid
      this.#say({
        type: 'connection.connected',
        generation,
        ...(peer === undefined ? {} : { peer }),
        ...(instructions === undefined ? {} : { instructions }),
        ...(pid === undefined ? {} : { pid }),
      })
      await this.#tools.list()
    } catch (error) {
      this.#lose(this.#client?.problem(error) ?? { verdict: 'permanent', reason: messageOf(error) })
    }
  }

  async #link(): Promise<Link> {
    const { definition, closeGraceMs: graceMs } = this.input
    const { disturbance } = this
    const target = definition.target.open()
    if (target.kind === 'stdio') {
      this.#process = new ServerProcess(target, graceMs, disturbance, {
        onBytes: () => this.#heard(),
        onNoise: () =>
          this.#say({
            type: 'connection.garbled',
            generation: this.#generation,
            reason: 'it writes what is no message',
          }),
        onExit: (reason) => {
          const printed = definition.target.mask(this.#process?.printed ?? '')
          const words = lastWords(this.#stderr, printed)
          this.#lose({ verdict: 'lost', reason: `${reason}${words}` })
        },
      })
      return { kind: 'stdio', process: this.#process, graceMs }
    }
    this.#network = await networkOf(definition, target)
    return { kind: 'http', target, disturbance, graceMs, reach: this.#network.reach }
  }

  handle(command: ConnectionCommand): void {
    switch (command.type) {
      case 'call':
        this.#call(command).catch((error) => this.#break(error))
        break
      case 'cancel':
        this.#running.get(command.callId)?.controller.abort(command.reason)
        break
      case 'answer':
        this.#questions.get(command.questionId)?.(command.reply)
        this.#questions.delete(command.questionId)
        break
      case 'read':
        this.#read(command).catch((error) => this.#break(error))
        break
      case 'read.cancel':
        this.#reads.cancel(command.readId)
        break
      case 'check':
        this.#check(command.timeoutMs).catch((error) => this.#break(error))
        break
      case 'close':
        this.close()
        break
    }
  }

  /** Says nothing more but that it is closed. */
  close(): void {
    if (this.#isClosing) return
    this.#closing.abort(connectionClosed)
    this.#tools.close()
    this.#log.close()
    for (const { controller } of this.#running.values()) controller.abort('cancelled')
    this.#reads.endAll('cancelled')
    const closed = Promise.resolve(this.#client?.close())
      .finally(() => this.#process?.close())
      .finally(() => this.#network?.close())
    const sayClosed = () => {
      this.emit({ type: 'connection.closed', generation: this.#generation })
      this.input.onClosed()
    }
    closed.then(sayClosed, sayClosed)
  }

  async #call({
    callId,
    tool,
    arguments: args,
  }: Extract<ConnectionCommand, { type: 'call' }>): Promise<void> {
    const generation = this.#generation
    const running: Running = { sent: false, controller: new AbortController() }
    this.#running.set(callId, running)
    const client = this.#client
    if (!client) return
    // The server actor is done with this command by then.
    await undefined
    const request: CallRequest = {
      callId,
      tool,
      arguments: args,
      signal: running.controller.signal,
      onSent: () => {
        if (running.sent) return
        running.sent = true
        this.#say({ type: 'connection.call.sent', generation, callId })
      },
      onProgress: (progress) => this.#say({ type: 'connection.call.progress', generation, callId, progress }),
    }
    const { name } = this.input.definition
    const { end, problem } = await (isReading(tool)
      ? callForResource(client, name, request)
      : client.call(request))
    if (!this.#running.has(callId)) return
    if (problem && problem.verdict !== undefined && problem.verdict !== 'suspect') {
      this.#lose(problem, [{ callId, end }])
      return
    }
    this.#running.delete(callId)
    if (problem?.verdict === 'suspect') {
      this.#say({ type: 'connection.suspect', generation, reason: problem.reason })
    }
    this.#say({ type: 'connection.call.ended', generation, callId, end })
  }

  async #read(command: Extract<ConnectionCommand, { type: 'read' }>): Promise<void> {
    if (!this.#client) return
    const generation = this.#generation
    const { end, problem } = await this.#reads.run(this.#client, command)
    this.#say({ type: 'connection.read.ended', generation, readId: command.readId, end })
    if (problem?.verdict === 'suspect') {
      this.#say({ type: 'connection.suspect', generation, reason: problem.reason })
    } else if (problem?.verdict !== undefined) this.#lose(problem)
  }

  #ask(question: AskedQuestion, callId: string | undefined, signal: AbortSignal): Promise<QuestionReply> {
    const generation = this.#generation
    const questionId = randomUUID()
    return new Promise((resolve) => {
      this.#questions.set(questionId, resolve)
      signal.addEventListener('abort', () => {
        if (!this.#questions.delete(questionId)) return
        this.#say({ type: 'connection.question.withdrawn', generation, questionId })
      })
      this.#say({
        type: 'connection.question',
        generation,
        questionId,
        ...(callId === undefined ? {} : { callId }),
        question,
      })
    })
  }

  async #check(timeoutMs: number): Promise<void> {
    if (this.#isChecking || !this.#client) return
    this.#isChecking = true
    const startedAt = performance.now()
    const { ok, problem } = await this.#client.ping(timeoutMs)
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10
    this.#isChecking = false
    if (problem?.verdict === 'lost' || problem?.verdict === 'unauthorized') {
      this.#lose(problem)
      return
    }
    this.#reportNextByte = !ok
    this.#say({
      type: 'connection.checked',
      generation: this.#generation,
      ok,
      lastByteAt: this.#lastByteAt,
      ...(ok ? { latencyMs } : {}),
    })
  }

  #heard(): void {
    this.#lastByteAt = Date.now()
    if (!this.#reportNextByte) return
    this.#reportNextByte = false
    this.#say({ type: 'connection.heard', generation: this.#generation, at: this.#lastByteAt })
  }

  /** Once. The calls in flight end with it: as they were told, else by what is known of them. */
  #lose(problem: Problem, known: EndedCall[] = []): void {
    if (this.#isLost) return
    // What it said last may say why.
    this.#log.flush()
    const { reason, verdict, retryAfterMs, signInUrl } = problem
    const ends = new Map(known.map((one) => [one.callId, one]))
    for (const [callId, { sent }] of this.#running) {
      if (!ends.has(callId))
        ends.set(callId, { callId, end: abandoned(this.input.definition.name, sent, reason) })
    }
    // One that is told not to have gone out must not go out now.
    for (const { sent, controller } of this.#running.values()) if (!sent) controller.abort('cancelled')
    this.#running.clear()
    this.#reads.endAll('connection_lost')
    const generation = this.#generation
    if (verdict === 'unauthorized') {
      this.#say({
        type: 'connection.unauthorized',
        generation,
        reason,
        ...(signInUrl === undefined ? {} : { signInUrl }),
        ends: [...ends.values()],
      })
    } else {
      this.#say({
        type: 'connection.lost',
        generation,
        reason,
        permanent: verdict === 'permanent',
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(this.#stderr === '' ? {} : { stderr: tail(this.#stderr, maxStderrCharacters) }),
        ends: [...ends.values()],
      })
    }
    this.#isLost = true
  }

  /** A bug of ours or of the SDK: this connection cannot be trusted any more. */
  #break(error: unknown): void {
    this.#lose({ verdict: 'lost', reason: messageOf(error) })
  }

  #say(event: ConnectionEvent): void {
    if (!this.#isClosing && !this.#isLost) this.emit(this.#masked(event))
  }
}
