import type { AnyActorRef } from 'xstate'
import type {
  CallEnd,
  ConnectionCommand,
  ConnectionEvent,
  ConnectionInput,
  EndedCall,
} from '../../src/contract/connection.ts'
import { callError } from '../../src/contract/errors.ts'
import { type Asking, questionOf, type Request } from './behaviour.ts'
import type { Fault } from './faults.ts'
import { lateWord } from './late-words.ts'
import { Pings } from './pings.ts'
import { type CancelReason, RunningCalls } from './running-calls.ts'
import type { Process, SimulatedServer } from './server.ts'

/** What the real one needs at most to see that a call is cancelled, and to end it. */
const longestCancelMs = 5

export class SimulatedConnection {
  readonly process: Process
  readonly #running = new RunningCalls()
  readonly #pings
  /** What its server wants to know, and how it goes on with the reply. */
  readonly #questions = new Map<string, () => void>()
  #isLost = false
  #isClosing = false
  #isConnected = false
  #hasEvents = true

  constructor(
    private readonly input: ConnectionInput,
    private readonly server: SimulatedServer,
    private readonly owner: AnyActorRef,
    private readonly emit: (event: ConnectionEvent) => void,
  ) {
    this.process = server.place.over === 'http' ? server.process : { isDead: false }
    this.#pings = new Pings({
      ...{ server, process: this.process, generation: input.generation },
      say: (event) => this.#say(event),
      lose: (reason) => this.#lose(reason),
    })
    server.connections.add(this)
  }

  /** It was told to close, or has a successor. */
  get isLeft(): boolean {
    const { owner } = this
    const isSuccessor = (one: SimulatedConnection) =>
      one.owner === owner && one.#generation > this.#generation
    return this.#isClosing || [...this.server.connections].some(isSuccessor)
  }

  get isServing(): boolean {
    return this.#isConnected && this.#isInUse && !this.process.isDead
  }

  get isBusyWithoutEvents(): boolean {
    return this.isServing && !this.#hasEvents && this.#running.areAwaited
  }

  open(): void {
    const { server } = this
    const startMs = server.suffers('slow start') ? 40_000 : 0
    server.world.after(startMs + server.takes(5, 400), () => this.#whenHeard(() => this.#connect()))
  }

  handle(command: ConnectionCommand): void {
    if (command.type === 'call') this.#call(command)
    else if (command.type === 'cancel') this.#cancel(command.callId, command.reason)
    else if (command.type === 'answer') this.#reply(command)
    else if (command.type === 'check') this.#pings.check(command.timeoutMs)
    else if (command.type === 'close') this.close()
  }

  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#closeQuestions()
    const { world, random } = this.server
    if (random.chance(0.5)) world.after(random.spread(1, 2_000), () => this.#lag())
    world.after(random.spread(1, 2 * this.input.closeGraceMs), () => {
      if (this.server.place.over === 'stdio') this.process.isDead = true
      this.server.connections.delete(this)
      this.emit({ type: 'connection.closed', generation: this.#generation })
      this.input.onClosed()
    })
  }

  strike(fault: Fault): void {
    const { world } = this.server
    if (fault === 'crash' || fault === 'down' || fault === 'broken') this.#diesWith(fault)
    if (fault === 'no events' && this.#isConnected && this.#isInUse) {
      this.server.suffers(fault)
      this.#loseEvents(fault)
    }
    if (fault === 'other tools') world.after(this.server.takes(50, 200), () => this.#list())
  }

  /** Its server has answered. */
  end(callId: string, end: CallEnd): void {
    const generation = this.#generation
    this.#pings.heard()
    const kind = this.#running.answered(callId)
    if (kind === 'late') this.#say({ type: 'connection.call.late', generation })
    if (kind === 'answer') this.#say({ type: 'connection.call.ended', generation, callId, end })
  }

  /** Output that is no message: the answer was in it. */
  garble(): void {
    this.#pings.heard()
    this.#say({ type: 'connection.garbled', generation: this.#generation, reason: 'it cannot be read' })
  }

  cut(callId: string): void {
    this.#say({ type: 'connection.suspect', generation: this.#generation, reason: 'an answer broke off' })
    const error = callError('connection_lost', 'unknown', 'The answer broke off.')
    this.end(callId, { ok: false, error, retryable: false })
  }

  forgetSession(callId: string): void {
    const error = callError('server_unavailable', 'none', 'It has lost our session.')
    this.#lose('it has lost our session', {}, [{ callId, end: { ok: false, error, retryable: true } }])
  }

  refuseCredentials(callId: string): void {
    const error = callError('unauthorized', 'none', 'It refused our credentials.')
    const end: CallEnd = { ok: false, error, retryable: false }
    const ends = this.#running.endAll('it refuses our credentials', [{ callId, end }])
    this.#closeQuestions()
    this.#say({ type: 'connection.unauthorized', generation: this.#generation, reason: 'status 401', ends })
    this.#isLost = true
  }

  progress(callId: string): void {
    this.#pings.heard()
    if (!this.#running.isAwaited(callId)) return
    const progress = { progress: 1 }
    this.#say({ type: 'connection.call.progress', generation: this.#generation, callId, progress })
  }

  /** Goes on with `onReply`, be it that it does not want to know any more. */
  ask(callId: string, { mode, isKnown, takenBackAfterMs }: Asking, onReply: () => void): void {
    if (!this.#isInUse) return
    const { server } = this
    const generation = this.#generation
    const questionId = server.newQuestionId()
    this.#questions.set(questionId, onReply)
    server.questions.asked(questionId, callId, this)
    this.#pings.heard()
    this.#say({
      type: 'connection.question',
      ...{ generation, questionId, ...(isKnown ? { callId } : {}) },
      question: questionOf(mode, questionId),
    })
    if (takenBackAfterMs === undefined) return
    const takeBack = () => {
      if (!this.#questions.delete(questionId)) return
      server.questions.close(questionId)
      this.#say({ type: 'connection.question.withdrawn', generation, questionId })
      onReply()
    }
    server.world.after(takenBackAfterMs, () => server.whenAwake(this.process, takeBack))
  }

  get #isInUse(): boolean {
    return !this.#isClosing && !this.#isLost
  }

  get #generation(): number {
    return this.input.generation
  }

  #connect(): void {
    const { server } = this
    const generation = this.#generation
    if (server.suffers('down')) {
      server.askedMs = server.random.chance(0.2) ? server.random.between(1, 30_000) : 0
      this.#lose('it cannot be reached', server.askedMs > 0 ? { retryAfterMs: server.askedMs } : {})
    } else if (server.suffers('broken')) {
      this.#lose('it cannot be started', { permanent: true })
    } else if (server.suffers('unauthorized')) {
      this.#say({ type: 'connection.unauthorized', generation, reason: 'status 401', ends: [] })
      this.#isLost = true
    } else {
      this.#pings.heard()
      this.#say({ type: 'connection.connected', generation })
      server.world.after(server.takes(1, 100), () => this.#whenHeard(() => this.#list()))
    }
  }

  #list(): void {
    if (!this.#isInUse) return
    this.#isConnected = true
    this.#pings.heard()
    const { tools } = this.server
    this.#say({ type: 'connection.tools', generation: this.#generation, tools, rejected: [] })
  }

  #call({ callId, tool, arguments: args }: Extract<ConnectionCommand, { type: 'call' }>): void {
    const { world } = this.server
    this.#running.start(callId)
    world.after(this.server.random.between(0, 2), () => {
      if (!this.#isInUse || !this.#running.isAwaited(callId)) return
      this.#running.send(callId)
      this.#say({ type: 'connection.call.sent', generation: this.#generation, callId })
      if (this.server.place.over === 'http' && this.process.isDead) this.#refused(callId)
      else this.#send({ callId, tool, arguments: args })
    })
  }

  #send(request: Request): void {
    const { server } = this
    const arrive = () => server.serve(this, request)
    server.world.after(server.takes(1, 30), () => server.whenAwake(this.process, arrive))
  }

  /** The remote process is gone: no connection was made. */
  #refused(callId: string): void {
    const error = callError('server_unavailable', 'none', 'It cannot be reached.')
    const end: CallEnd = { ok: false, error, retryable: true }
    this.server.world.after(1, () => this.#lose('it cannot be reached', {}, [{ callId, end }]))
  }

  /** It ends a little later, unless the connection is lost before. */
  #cancel(callId: string, reason: CancelReason): void {
    if (!this.#running.cancel(callId, reason)) return
    const { world, random } = this.server
    world.after(random.between(0, longestCancelMs), () => {
      const end = this.#running.endOfCancelled(callId)
      if (end) this.#say({ type: 'connection.call.ended', generation: this.#generation, callId, end })
    })
  }

  #reply({ questionId, reply }: Extract<ConnectionCommand, { type: 'answer' }>): void {
    const { server, process } = this
    const onReply = this.#questions.get(questionId)
    if (!onReply) return
    this.#questions.delete(questionId)
    server.questions.replied(questionId, reply, (callId) => this.#running.isAwaited(callId))
    server.world.after(server.takes(1, 30), () => server.whenAwake(process, onReply))
  }

  #closeQuestions(): void {
    for (const questionId of this.#questions.keys()) this.server.questions.close(questionId)
    this.#questions.clear()
  }

  /** A remote one is missed when its stream of events ends, or only by the next ping. */
  #diesWith(fault: Fault): void {
    this.process.isDead = true
    if (this.#isInUse) this.server.suffers(fault)
    if (this.server.place.over === 'stdio')
      this.#lose(`${fault}: killed by SIGKILL`, { permanent: fault === 'broken' })
    else this.#breaksOff(fault)
  }

  #breaksOff(fault: Fault): void {
    for (const callId of this.#running.sent) this.cut(callId)
    if (this.#isConnected && this.server.random.chance(0.5)) {
      this.#loseEvents(fault)
    }
  }

  #loseEvents(reason: string): void {
    this.#hasEvents = false
    this.#say({ type: 'connection.stream.lost', generation: this.#generation, reason })
  }

  #lose(
    reason: string,
    how: { permanent?: boolean; retryAfterMs?: number } = {},
    known: EndedCall[] = [],
  ): void {
    if (this.#isLost) return
    const ends = this.#running.endAll(reason, known)
    const { permanent = false } = how
    this.#closeQuestions()
    this.#say({ type: 'connection.lost', generation: this.#generation, reason, ...how, permanent, ends })
    this.#isLost = true
  }

  #lag(): void {
    const { random, allTools: tools } = this.server
    const [callId = 'nobody'] = this.#running.ids
    this.emit(lateWord(random, { generation: this.#generation, callId, tools }))
  }

  #whenHeard(work: () => void): void {
    this.server.whenAwake(this.process, () => {
      if (this.#isInUse) work()
    })
  }

  #say(event: ConnectionEvent): void {
    if (this.#isInUse) this.emit(event)
  }
}
