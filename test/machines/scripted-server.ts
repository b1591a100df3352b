import { type ActorOptions, createActor, fromCallback, SimulatedClock } from 'xstate'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import type { CallEnd, ConnectionCommand, ConnectionEvent, ConnectionInput } from '../../src/connection.ts'
import type { ServerReport } from '../../src/machines/directory.ts'
import type { CallNews } from '../../src/machines/messages.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { parsePolicy } from '../../src/policy.ts'
import type { ServerState, Tool } from '../../src/protocol.ts'

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
  readonly clock = new SimulatedClock()
  readonly connections: ScriptedConnection[] = []
  readonly reports: ServerReport[] = []
  /** What callers were told, `callId` first. */
  readonly told: [string, CallNews][] = []
  readonly actor

  constructor(inspect: Inspect) {
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

  /** The present connection is made. */
  connect(): this {
    const { generation } = this
    this.connection().say({ type: 'connection.connected', generation })
    this.connection().say({ type: 'connection.tools', generation, tools: [tool], rejected: [] })
    return this
  }

  degrade(): this {
    const { generation } = this
    this.connection().say({ type: 'connection.checked', generation, ok: false, lastByteAt: 0 })
    return this
  }

  call(callId: string, generation = this.generation): this {
    const caller = { send: (news: CallNews) => void this.told.push([callId, news]) }
    const deadlineAt = this.clock.now() + 15_000
    this.actor.send({ type: 'call.start', callId, generation, tool, arguments: {}, deadlineAt, caller })
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

  send(type: 'restart' | 'retire' | 'close'): this {
    this.actor.send({ type })
    return this
  }
}
