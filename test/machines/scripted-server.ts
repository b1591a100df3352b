import { type ActorOptions, createActor, fromCallback } from 'xstate'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import type {
  CallEnd,
  ConnectionCommand,
  ConnectionEvent,
  ConnectionInput,
} from '../../src/contract/connection.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import type { ServerState, Tool } from '../../src/contract/protocol.ts'
import type { ServerReport } from '../../src/machines/directory.ts'
import type { CallNews, ReadNews } from '../../src/machines/messages.ts'
import { serverMachine } from '../../src/machines/server.ts'
import type { ServerInput } from '../../src/machines/server-context.ts'
import { SteppingClock } from './stepping-clock.ts'

export const tool: Tool = {
  name: 'charge',
  description: '',
  inputSchema: { type: 'object' },
  annotations: {},
  hash: 'sha256-charge',
}

export const entry = {
  name: 'bank',
  definition: {
    name: 'bank',
    target: new SealedTarget({ kind: 'stdio', command: 'unused', args: [], env: {} }),
    options: serverOptionsSchema.parse({}),
  },
}

type Inspect = NonNullable<ActorOptions<typeof serverMachine>['inspect']>

type WithoutGeneration<Event> = Event extends { generation: number } ? Omit<Event, 'generation'> : never
/** What a connection says, of whichever generation it is. */
export type Said = WithoutGeneration<ConnectionEvent>

/** One connection, played by the test. */
export class ScriptedConnection {
  readonly commands: ConnectionCommand[] = []
  throwsAt: ConnectionCommand['type'] | undefined

  constructor(
    readonly input: ConnectionInput,
    readonly say: (event: ConnectionEvent) => void,
  ) {}

  hear(command: ConnectionCommand): void {
    if (command.type === this.throwsAt) throw new Error(`a bug at ${command.type}`)
    this.commands.push(command)
  }
}

/** The logic of such connections; each is given to `onDial`. */
export function scriptedConnection(onDial: (connection: ScriptedConnection) => void) {
  return fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive }) => {
    const connection = new ScriptedConnection(input, sendBack)
    receive((command) => connection.hear(command))
    onDial(connection)
  })
}

/** A server machine whose connections, callers and time are in the hands of a test. */
export class ScriptedServer {
  readonly clock = new SteppingClock()
  readonly connections: ScriptedConnection[] = []
  readonly reports: ServerReport[] = []
  /** What callers were told, `callId` first. */
  readonly told: [string, CallNews][] = []
  /** How reads ended, `readId` first. */
  readonly reads: [string, ReadNews['end']][] = []
  readonly actor

  constructor(inspect: Inspect = () => {}, change: Partial<ServerInput> = {}) {
    const connection = scriptedConnection((one) => this.connections.push(one))
    this.actor = createActor(serverMachine.provide({ actors: { connection } }), {
      clock: this.clock,
      inspect,
      input: {
        entry,
        policy: parsePolicy({ unresponsiveAfterMs: 1_500 }),
        now: () => this.clock.now(),
        random: () => 0.5,
        othersAway: () => 0,
        supervisor: {
          send: (news) => {
            if (news.type === 'server.changed') this.reports.push(news.report)
          },
        },
        ...change,
      },
    }).start()
  }

  get states(): ServerState[] {
    const states = this.reports.map(({ state }) => state)
    return states.filter((state, index) => state !== states[index - 1])
  }

  get generation(): number {
    return this.connections.length
  }

  connection(generation = this.generation): ScriptedConnection {
    const connection = this.connections[generation - 1]
    if (!connection) throw new Error(`no connection ${generation}`)
    return connection
  }

  say(event: Said, generation = this.generation): this {
    this.connection(generation).say({ ...event, generation })
    return this
  }

  /** The present connection is made. */
  connect(): this {
    this.say({ type: 'connection.connected' })
    return this.say({ type: 'connection.tools', tools: [tool], rejected: [] })
  }

  checked(ok: boolean, lastByteAt = 0): this {
    return this.say({ type: 'connection.checked', ok, lastByteAt })
  }

  degrade(): this {
    return this.checked(false)
  }

  pass(ms: number): this {
    this.clock.pass(ms)
    return this
  }

  /** How long until the present connection is checked again; nothing where it is not within a minute. */
  msUntilCheck(): number | undefined {
    const { commands } = this.connection()
    const before = commands.length
    return this.clock.msUntil(() => commands.slice(before).some(({ type }) => type === 'check'), 60_000)
  }

  /** How a call ended, if it did. */
  endOf(callId: string): CallEnd | undefined {
    const [end] = this.told.flatMap(([to, news]) =>
      to === callId && news.type === 'call.ended' ? news.end : [],
    )
    return end
  }

  /** How long until a call ends; nothing where it does not within a minute. */
  msUntilEnd(callId: string): number | undefined {
    return this.clock.msUntil(() => this.endOf(callId) !== undefined, 60_000)
  }

  call(callId: string, generation = this.generation, conversation: object = {}): this {
    const caller = { send: (news: CallNews) => void this.told.push([callId, news]) }
    const deadlineAt = this.clock.now() + 15_000
    const call = { callId, generation, tool, arguments: {}, deadlineAt, caller, conversation }
    this.actor.send({ type: 'call.start', ...call })
    return this
  }

  read(readId: string): this {
    const reader = { send: ({ end }: ReadNews) => void this.reads.push([readId, end]) }
    const request = { method: 'prompts/list' } as const
    this.actor.send({ type: 'read.start', readId, request, timeoutMs: 1_000, reader })
    return this
  }

  /** `callId`: where the wire tells whose question it is. */
  ask(questionId: string, callId?: string): this {
    const { generation } = this
    const question = { mode: 'form', message: 'Which seat?', schema: { type: 'object' } } as const
    const known = callId === undefined ? {} : { callId }
    this.connection().say({ type: 'connection.question', generation, questionId, ...known, question })
    return this
  }

  answer(callId: string, questionId: string): this {
    this.actor.send({ type: 'call.answer', callId, questionId, reply: { action: 'decline' } })
    return this
  }

  cancel(callId: string): this {
    this.actor.send({ type: 'call.cancel', callId, reason: 'cancelled' })
    return this
  }

  sent(callId: string): this {
    this.connection().say({ type: 'connection.call.sent', generation: this.generation, callId })
    return this
  }

  end(callId: string): this {
    const end = { ok: true, content: [] } satisfies CallEnd
    this.connection().say({ type: 'connection.call.ended', generation: this.generation, callId, end })
    return this
  }

  lose(generation = this.generation, permanent = false): this {
    const { say } = this.connection(generation)
    say({ type: 'connection.lost', generation, reason: 'killed', permanent, ends: [] })
    return this
  }

  refuse(generation = this.generation): this {
    this.connection().say({ type: 'connection.unauthorized', generation, reason: 'status 401', ends: [] })
    return this
  }

  closed(generation: number): this {
    this.connection(generation).say({ type: 'connection.closed', generation })
    return this
  }

  send(type: 'restart' | 'credentials.renewed' | 'retire' | 'close'): this {
    this.actor.send({ type })
    return this
  }
}
