import { type AnyActorRef, fromCallback } from 'xstate'
import type {
  CallEnd,
  ConnectionCommand,
  ConnectionEvent,
  ConnectionInput,
  EndedCall,
} from '../../src/connection.ts'
import { callError } from '../../src/errors.ts'
import type { Fault } from './faults.ts'
import type { Process, Request, SimulatedServer } from './server.ts'

interface Running {
  sent: boolean
  /** Why nobody waits for it any more. */
  cancelled: 'cancelled' | 'timed_out' | 'silent' | undefined
}

/** Each of a connection's events passes here on its way to `owner`, which has a newer connection where it `isStale`. */
export type Tap = (
  server: string,
  event: ConnectionEvent,
  owner: Owner,
  isStale: boolean,
  deliver: () => void,
) => void

/** The server actor. */
export type Owner = AnyActorRef | undefined

export interface ConnectionWorld {
  serverNamed: (name: string) => SimulatedServer
  tap: Tap
}

/** The actor logic of a simulated connection: the contract of `src/connection.ts`, with no process and no socket. */
export function simulatedConnection({ serverNamed, tap }: ConnectionWorld) {
  return fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive, self }) => {
    const owner = self._parent
    const server = serverNamed(input.definition.name)
    if (server.fault === 'bug in connection') throw new Error('a bug in the connection')
    const connection = new SimulatedConnection(input, server, owner, (event) =>
      tap(server.name, event, owner, connection.isStale, () => sendBack(event)),
    )
    receive((command) => connection.handle(command))
    connection.open()
    return () => connection.close()
  })
}

export class SimulatedConnection {
  readonly process: Process
  readonly #running = new Map<string, Running>()
  #isLost = false
  #isClosing = false
  #isChecking = false
  #isConnected = false
  #reportNextByte = false
  #lastByteAt = 0

  constructor(
    private readonly input: ConnectionInput,
    private readonly server: SimulatedServer,
    private readonly owner: Owner,
    private readonly emit: (event: ConnectionEvent) => void,
  ) {
    this.process = server.place.over === 'http' ? server.process : { isDead: false }
    server.connections.add(this)
  }

  get isStale(): boolean {
    const { owner } = this
    return [...this.server.connections].some(
      (one) => one.owner === owner && one.#generation > this.#generation,
    )
  }

  open(): void {
    const { server } = this
    const startMs = server.fault === 'slow start' ? 40_000 : 0
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
    if (fault === 'no events') {
      this.#say({ type: 'connection.stream.lost', generation: this.#generation, reason: fault })
    }
    if (fault === 'other tools') world.after(this.server.takes(50, 200), () => this.#list())
  }

  answer(callId: string, answer: string, structured: { total: unknown }): void {
    this.#end(callId, { ok: true, content: [{ type: 'text', text: answer }], structured })
  }

  answerToolError(callId: string): void {
    const error = callError('tool_error', 'unknown', 'It reports an error.')
    this.#end(callId, { ok: false, error, retryable: false })
  }

  answerRpcError(callId: string, effect: 'none' | 'unknown'): void {
    const error = callError('protocol_error', effect, 'It answers with an error.')
    this.#end(callId, { ok: false, error, retryable: false })
  }

  refuse(callId: string): void {
    const error = callError('overloaded', 'none', 'It takes no more calls now.')
    this.#end(callId, { ok: false, error, retryable: true })
  }

  /** Output that is no message: the answer was in it. */
  garble(): void {
    this.#heard()
    this.#say({ type: 'connection.garbled', generation: this.#generation, reason: 'it cannot be read' })
  }

  cut(callId: string): void {
    this.#say({ type: 'connection.suspect', generation: this.#generation, reason: 'an answer broke off' })
    const error = callError('connection_lost', 'unknown', 'The answer broke off.')
    this.#end(callId, { ok: false, error, retryable: false })
  }

  forgetSession(callId: string): void {
    const error = callError('server_unavailable', 'none', 'It has lost our session.')
    this.#lose('it has lost our session', {}, [{ callId, end: { ok: false, error, retryable: true } }])
  }

  refuseCredentials(callId: string): void {
    const error = callError('unauthorized', 'none', 'It refused our credentials.')
    const end: CallEnd = { ok: false, error, retryable: false }
    const ends = this.#endsOfAll('it refuses our credentials', [{ callId, end }])
    this.#say({ type: 'connection.unauthorized', generation: this.#generation, reason: 'status 401', ends })
    this.#isLost = true
  }

  progress(callId: string): void {
    const running = this.#running.get(callId)
    this.#heard()
    if (!running || running.cancelled) return
    const progress = { progress: 1 }
    this.#say({ type: 'connection.call.progress', generation: this.#generation, callId, progress })
  }

  get #generation(): number {
    return this.input.generation
  }

  #connect(): void {
    const { server } = this
    const generation = this.#generation
    if (server.fault === 'down') {
      const isAsked = server.random.chance(0.2)
      this.#lose('it cannot be reached', isAsked ? { retryAfterMs: server.random.between(1, 30_000) } : {})
    } else if (server.fault === 'broken') {
      this.#lose('it cannot be started', { permanent: true })
    } else if (server.fault === 'unauthorized') {
      this.#say({ type: 'connection.unauthorized', generation, reason: 'status 401', ends: [] })
      this.#isLost = true
    } else {
      this.#heard()
      this.#say({ type: 'connection.connected', generation })
      server.world.after(server.takes(1, 100), () => this.#whenHeard(() => this.#list()))
    }
  }

  #list(): void {
    if (this.#isClosing || this.#isLost) return
    this.#isConnected = true
    this.#heard()
    const { tools } = this.server
    this.#say({ type: 'connection.tools', generation: this.#generation, tools, rejected: [] })
  }

  #call({ callId, tool, arguments: args }: Extract<ConnectionCommand, { type: 'call' }>): void {
    const { world } = this.server
    const running: Running = { sent: false, cancelled: undefined }
    this.#running.set(callId, running)
    world.after(this.server.random.between(0, 2), () => {
      if (this.#isLost || this.#isClosing || running.cancelled) return
      running.sent = true
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

  #cancel(callId: string, reason: NonNullable<Running['cancelled']>): void {
    const running = this.#running.get(callId)
    if (!running || running.cancelled) return
    running.cancelled = reason
    const error = running.sent
      ? callError('connection_lost', 'unknown', 'It was cancelled.')
      : callError('server_unavailable', 'none', 'It was cancelled.')
    const end: CallEnd = { ok: false, error, retryable: false }
    this.#say({ type: 'connection.call.ended', generation: this.#generation, callId, end })
  }

  #end(callId: string, end: CallEnd): void {
    const generation = this.#generation
    const running = this.#running.get(callId)
    this.#heard()
    if (!this.#running.delete(callId)) return
    if (running?.cancelled === 'silent') this.#say({ type: 'connection.call.late', generation })
    else if (!running?.cancelled) this.#say({ type: 'connection.call.ended', generation, callId, end })
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
    if (this.server.fault === 'no pongs') return
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
    if (this.server.place.over === 'stdio')
      this.#lose(`${fault}: killed by SIGKILL`, { permanent: fault === 'broken' })
    else this.#breaksOff(fault)
  }

  #breaksOff(fault: Fault): void {
    for (const [callId, { sent }] of [...this.#running]) if (sent) this.cut(callId)
    if (this.#isConnected && this.server.random.chance(0.5)) {
      this.#say({ type: 'connection.stream.lost', generation: this.#generation, reason: fault })
    }
  }

  #lose(
    reason: string,
    how: { permanent?: boolean; retryAfterMs?: number } = {},
    known: EndedCall[] = [],
  ): void {
    if (this.#isLost) return
    const ends = this.#endsOfAll(reason, known)
    const { permanent = false } = how
    this.#say({ type: 'connection.lost', generation: this.#generation, reason, ...how, permanent, ends })
    this.#isLost = true
  }

  #endsOfAll(reason: string, known: EndedCall[]): EndedCall[] {
    const told = new Set(known.map(({ callId }) => callId))
    const others = [...this.#running].filter(([callId, { cancelled }]) => !told.has(callId) && !cancelled)
    this.#running.clear()
    return [
      ...known,
      ...others.map(([callId, { sent }]): EndedCall => {
        const error = sent
          ? callError('connection_lost', 'unknown', reason)
          : callError('server_unavailable', 'none', reason)
        return { callId, end: { ok: false, error, retryable: !sent } }
      }),
    ]
  }

  /** Something of a connection that is left comes late: nobody may care. */
  #lag(): void {
    const generation = this.#generation
    const { random, tools } = this.server
    const [callId = 'nobody'] = this.#running.keys()
    const end: CallEnd = { ok: true, content: [{ type: 'text', text: 'late' }] }
    this.emit(
      random.pick<ConnectionEvent>([
        { type: 'connection.connected', generation },
        { type: 'connection.tools', generation, tools, rejected: [] },
        { type: 'connection.call.sent', generation, callId },
        { type: 'connection.call.progress', generation, callId, progress: { progress: 1 } },
        { type: 'connection.call.ended', generation, callId, end },
        { type: 'connection.call.late', generation },
        { type: 'connection.checked', generation, ok: false, lastByteAt: 0 },
        { type: 'connection.checked', generation, ok: true, lastByteAt: 0, latencyMs: 1 },
        { type: 'connection.heard', generation, at: 0 },
        { type: 'connection.suspect', generation, reason: 'late' },
        { type: 'connection.garbled', generation, reason: 'late' },
        { type: 'connection.stream.lost', generation, reason: 'late' },
        { type: 'connection.lost', generation, reason: 'late', permanent: true, ends: [] },
        { type: 'connection.unauthorized', generation, reason: 'late', ends: [] },
      ]),
    )
  }

  #whenHeard(work: () => void): void {
    this.server.whenAwake(this.process, () => {
      if (!this.#isClosing && !this.#isLost) work()
    })
  }

  #heard(): void {
    this.#lastByteAt = this.server.world.now
    if (!this.#reportNextByte) return
    this.#reportNextByte = false
    this.#say({ type: 'connection.heard', generation: this.#generation, at: this.#lastByteAt })
  }

  #say(event: ConnectionEvent): void {
    if (!this.#isClosing && !this.#isLost) this.emit(event)
  }
}
