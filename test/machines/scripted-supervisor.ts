import { createActor, type InspectionEvent } from 'xstate'
import type { ServerEntry } from '../../src/config/definition.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import type { ReadEnd } from '../../src/contract/reads.ts'
import type { CallNews, ReadNews } from '../../src/machines/messages.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { type SupervisorNews, supervisorMachine } from '../../src/machines/supervisor.ts'
import { type Said, type ScriptedConnection, scriptedConnection, tool } from './scripted-server.ts'
import { SteppingClock } from './stepping-clock.ts'

const lost: Said = { type: 'connection.lost', reason: 'killed', permanent: false, ends: [] }

/** A supervisor whose servers' connections, and time, are in the hands of a test. */
export class ScriptedSupervisor {
  readonly clock = new SteppingClock()
  readonly connections: ScriptedConnection[] = []
  readonly news: SupervisorNews[] = []
  /** What callers were told, `callId` first. */
  readonly told: [string, CallNews][] = []
  readonly actor
  #throwsIn = 0

  constructor(
    machine: typeof serverMachine = serverMachine,
    inspect: (event: InspectionEvent) => void = () => {},
  ) {
    const server = machine.provide({
      actors: { connection: scriptedConnection((one) => this.connections.push(one)) },
    })
    this.actor = createActor(supervisorMachine.provide({ actors: { server } }), {
      ...{ clock: this.clock, inspect },
      input: { policy: parsePolicy({}), now: () => this.#now(), random: () => 0.5 },
    })
    this.actor.on('*', (news) => void this.news.push(news))
    this.actor.start()
  }

  configure(...entries: ServerEntry[]): this {
    this.actor.send({ type: 'servers.configure', entries })
    return this
  }

  restart(name: string): this {
    this.actor.send({ type: 'server.restart', name })
    return this
  }

  stop(): this {
    this.actor.send({ type: 'stop' })
    return this
  }

  get hasStopped(): boolean {
    const { status, value } = this.actor.getSnapshot()
    return status === 'done' && value === 'stopped'
  }

  /** The news in short, from the given one on. */
  words(from = 0): string[] {
    return this.news.slice(from).map((one) => {
      if (one.type === 'server.removed') return `${one.name} is removed`
      if (one.type === 'server.logged') return `${one.name} logs: ${one.message.text}`
      const { name, state, generation } = one.report
      return `${name} ${one.type === 'server.leaving' ? 'leaves, ' : ''}${state}, ${generation}`
    })
  }

  /** Of all that were dialled for that name, or the latest. */
  connection(name: string, generation?: number): ScriptedConnection {
    const all = this.connections.filter(({ input }) => input.definition.name === name)
    const one =
      generation === undefined ? all.at(-1) : all.find(({ input }) => input.generation === generation)
    if (!one) throw new Error(`no connection of ${name}`)
    return one
  }

  say(name: string, event: Said, generation?: number): this {
    const { say, input } = this.connection(name, generation)
    say({ ...event, generation: input.generation })
    return this
  }

  connect(name: string): this {
    this.say(name, { type: 'connection.connected' })
    return this.say(name, { type: 'connection.tools', tools: [tool], rejected: [] })
  }

  lose(name: string): this {
    return this.say(name, lost)
  }

  /** Its server actor throws at what its connection says. */
  breakActor(name: string, said: Said = lost): this {
    return this.breakAt(() => this.say(name, said))
  }

  /** A server actor throws when it asks for the time: the one who asks as the first, or later. */
  breakAt(deed: () => unknown, asker = 1): this {
    this.#throwsIn = asker
    deed()
    if (this.#throwsIn > 0) throw new Error('nobody asked for the time')
    return this
  }

  call(name: string, callId: string): this {
    const { server, report } = this.#reported(name)
    server.send({
      ...{ type: 'call.start', callId, generation: report.generation, tool, arguments: {} },
      deadlineAt: this.clock.now() + 15_000,
      conversation: {},
      caller: { send: (news) => void this.told.push([callId, news]) },
    })
    return this
  }

  read(name: string, onEnd: (end: ReadEnd) => void): this {
    const request = { method: 'prompts/list' } as const
    const reader = { send: ({ end }: ReadNews) => onEnd(end) }
    this.#reported(name).server.send({ type: 'read.start', readId: 'a', request, timeoutMs: 1_000, reader })
    return this
  }

  closed(name: string, generation?: number): this {
    const { input } = this.connection(name, generation)
    this.say(name, { type: 'connection.closed' }, input.generation)
    input.onClosed()
    return this
  }
  #reported(name: string) {
    const reported = this.news
      .filter((one) => one.type === 'server.reported' && one.report.name === name)
      .at(-1)
    if (reported?.type !== 'server.reported') throw new Error(`no server ${name}`)
    return reported
  }

  #now(): number {
    if (this.#throwsIn === 0) return this.clock.now()
    this.#throwsIn -= 1
    if (this.#throwsIn > 0) return this.clock.now()
    throw new Error('a bug')
  }
}
