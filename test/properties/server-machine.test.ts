import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import type { ConnectionEvent } from '../../src/contract/connection.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import { serverStates } from '../../src/contract/protocol.ts'
import type { ServerReport } from '../../src/machines/directory.ts'
import type { CallNews, ServerCommand } from '../../src/machines/messages.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { callId, connectionEvent, pauseMs, questionId, tool } from './events.ts'
import { close, definitionOf, type SilentConnection, silentConnections } from './silent-connection.ts'

type Step =
  | { do: 'say'; event: ConnectionEvent }
  | { do: 'call'; callId: string; generationsAgo: number }
  | { do: 'tell'; command: ServerCommand }
  | { do: 'wait'; ms: number }
  | { do: 'break' | 'close' }

const command = fc.oneof(
  callId.map((callId): ServerCommand => ({ type: 'call.extend', callId, deadlineAt: 1e6 })),
  fc
    .tuple(callId, fc.constantFrom('cancelled', 'timed_out'))
    .map(([callId, reason]): ServerCommand => ({ type: 'call.cancel', callId, reason })),
  fc.tuple(callId, questionId).map(
    ([callId, questionId]): ServerCommand => ({
      ...{ type: 'call.answer', callId, questionId, reply: { action: 'decline' } },
    }),
  ),
  fc.constantFrom<ServerCommand>({ type: 'restart' }, { type: 'retire' }, { type: 'close' }),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: connectionEvent.map((event): Step => ({ do: 'say', event })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(callId, fc.constantFrom(0, 0, 0, 1))
      .map(([callId, generationsAgo]): Step => ({ do: 'call', callId, generationsAgo })),
  },
  { weight: 1, arbitrary: command.map((command): Step => ({ do: 'tell', command })) },
  { weight: 3, arbitrary: pauseMs.map((ms): Step => ({ do: 'wait', ms })) },
  fc.constantFrom<Step>({ do: 'break' }, { do: 'close' }),
)

const policy = parsePolicy({})

/** One server actor, its clock, its connections, and all that it told. */
class Told {
  readonly clock = new SimulatedClock()
  readonly connections: SilentConnection[] = []
  readonly reports: ServerReport[] = []
  /** What each call heard; the same id may call again. */
  readonly news: CallNews['type'][][] = []
  readonly cancelled = new Set<number>()
  readonly actor = createActor(
    serverMachine.provide({ actors: { connection: silentConnections(this.connections) } }),
    {
      clock: this.clock,
      input: {
        entry: { name: 'bank', definition: definitionOf('bank') },
        policy,
        ...{ now: () => this.clock.now(), random: () => 0.5, othersAway: () => 0 },
        supervisor: {
          send: (news) => void (news.type === 'server.changed' && this.reports.push(news.report)),
        },
      },
    },
  )
  readonly #open = new Map<string, number>()

  take(step: Step): void {
    if (step.do === 'wait') this.clock.increment(step.ms)
    else if (step.do === 'tell') {
      if (step.command.type === 'call.cancel') this.#cancel(step.command.callId)
      this.actor.send(step.command)
    } else if (step.do === 'call') this.#call(step.callId, step.generationsAgo)
    else if (step.do === 'say') this.#say(step.event)
    else {
      const one = this.connections.at(-1)
      if (!one) return
      if (step.do === 'break') one.isBroken = true
      else close(one)
    }
  }

  /** Each id once at a time, as a conversation does it. */
  #call(callId: string, generationsAgo: number): void {
    const known = this.#open.get(callId)
    if (known !== undefined && !this.#isOver(known)) return
    const index = this.news.push([]) - 1
    this.#open.set(callId, index)
    const generation = this.actor.getSnapshot().context.generation - generationsAgo
    this.actor.send({
      ...{ type: 'call.start', callId, generation, tool, arguments: {} },
      deadlineAt: this.clock.now() + policy.callTimeoutMs,
      conversation: {},
      caller: { send: ({ type }) => void this.news[index]?.push(type) },
    })
  }

  #cancel(callId: string): void {
    const index = this.#open.get(callId)
    if (index !== undefined) this.cancelled.add(index)
  }

  #isOver(index: number): boolean {
    return this.cancelled.has(index) || (this.news[index]?.includes('call.ended') ?? false)
  }

  /** Generations in the events count back from the present one. */
  #say(event: ConnectionEvent): void {
    const generation = this.actor.getSnapshot().context.generation - event.generation
    this.connections.at(-1)?.say({ ...event, generation })
  }
}

const transitions: [ServerReport['state'], ServerReport['state']][] = [
  ['closed', 'connecting'],
  ['closing', 'ready'],
  ['failed', 'ready'],
  ['unauthorized', 'ready'],
  ['connecting', 'degraded'],
]

test('whatever happens to a server in whatever order, its machine holds, and each call hears one end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const told = new Told()
      const { actor, clock, connections, reports } = told
      actor.start()
      for (const step of steps) {
        told.take(step)
        expect(actor.getSnapshot().status).not.toBe('error')
        if (actor.getSnapshot().status === 'done') break
      }

      if (actor.getSnapshot().status !== 'done') actor.send({ type: 'close' })
      clock.increment(policy.drainTimeoutMs)
      for (const one of connections) close(one)
      expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'closed' })

      told.news.forEach((news, index) => {
        const ends = news.filter((type) => type === 'call.ended').length
        expect(ends).toBeLessThanOrEqual(1)
        if (!told.cancelled.has(index)) expect(news.at(-1)).toBe('call.ended')
        expect(news.filter((type) => type === 'call.sent').length).toBeLessThanOrEqual(1)
      })
      reports.forEach((report, index) => {
        const before = reports[index - 1]
        expect(report.name).toBe('bank')
        expect(serverStates).toContain(report.state)
        expect(report.generation).toBeGreaterThanOrEqual(before?.generation ?? 0)
        expect(report.since).toBeGreaterThanOrEqual(before?.since ?? 0)
        if (before) expect(transitions).not.toContainEqual([before.state, report.state])
      })
      expect(connections.map(({ input }) => input.generation)).toEqual(
        connections.map((_, index) => index + 1),
      )
    }),
    { numRuns: 150 },
  )
})
