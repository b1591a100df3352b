import type { AnyActorRef } from 'xstate'
import type {
  CallEnd,
  ConnectionCommand,
  ConnectionEvent,
  ConnectionInput,
  EndedCall,
} from '../../src/connection.ts'
import { callError } from '../../src/errors.ts'
import type { Fault } from './faults.ts'
import { lateWord } from './late-words.ts'
import { type CancelReason, RunningCalls } from './running-calls.ts'
import type { Process, Request, SimulatedServer } from './server.ts'

/** What the real one needs at most to see that a call is cancelled, and to end it. */
const longestCancelMs = 5

export class SimulatedConnection {
  readonly process: Process
  readonly #running = new RunningCalls()
  #isLost = false
  #isClosing = false
  #isChecking = false
  #isConnected = false
  #hasEvents = true
  #reportNextByte = false
  #lastByteAt = 0

  constructor(
    private readonly input: ConnectionInput,
    private readonly server: SimulatedServer,
    private readonly owner: AnyActorRef,
    private readonly emit: (event: ConnectionEvent) => void,
  ) {
    this.process = server.place.over === 'http' ? server.process : { isDead: false }
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
    else if (command.type === 'check') this.#check(command.timeoutMs)
    else this.close()
  }

  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
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
    this.#heard()
    const kind = this.#running.answered(callId)
    if (kind === 'late') this.#say({ type: 'connection.call.late', generation })
    if (kind === 'answer') this.#say({ type: 'connection.call.ended', generation, callId, end })
  }

  /** Output that is no message: the answer was in it. */
  garble(): void {
    this.#heard()
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
    this.#say({ type: 'connection.unauthorized', generation: this.#generation, reason: 'status 401', ends })
    this.#isLost = true
  }

  progress(callId: string): void {
    this.#heard()
    if (!this.#running.isAwaited(callId)) return
    const progress = { progress: 1 }
    this.#say({ type: 'connection.call.progress', generation: this.#generation, callId, progress })
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
      this.#heard()
      this.#say({ type: 'connection.connected', generation })
      server.world.after(server.takes(1, 100), () => this.#whenHeard(() => this.#list()))
    }
  }

  #list(): void {
    if (!this.#isInUse) return
    this.#isConnected = true
    this.#heard()
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

  #check(timeoutMs: number): void {
    if (this.#isChecking) return
    this.#isChecking = true
    const { world } = this.server
    const askedAt = world.now
    const generation = this.#generation
    const inVain = world.after(timeoutMs, () => {
      this.#isChecking = false
      this.#reportNextByte = true
      this.#say({ type: 'connection.checked', generation, ok: false, lastByteAt: this.#lastByteAt })
    })
    if (this.server.suffers('no pongs')) return
    if (this.server.place.over === 'http' && this.process.isDead) {
      world.cancel(inVain)
      world.after(1, () => this.#lose('it has lost our session'))
      return
    }
    world.after(this.server.takes(1, 50), () =>
      this.server.whenAwake(this.process, () => {
        this.#heard()
        if (inVain.isCancelled) return
        world.cancel(inVain)
        this.#isChecking = false
        const latencyMs = world.now - askedAt
        this.#say({
          type: 'connection.checked',
          generation,
          ok: true,
          lastByteAt: this.#lastByteAt,
          latencyMs,
        })
      }),
    )
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

  #heard(): void {
    this.#lastByteAt = this.server.world.now
    if (!this.#reportNextByte) return
    this.#reportNextByte = false
    this.#say({ type: 'connection.heard', generation: this.#generation, at: this.#lastByteAt })
  }

  #say(event: ConnectionEvent): void {
    if (this.#isInUse) this.emit(event)
  }
}
