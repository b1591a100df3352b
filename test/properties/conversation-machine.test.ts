import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import type { CallEnd } from '../../src/contract/connection.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import { type QuestionAnswer, type ServerState, serverStates } from '../../src/contract/protocol.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import type { ConversationNews } from '../../src/machines/conversation-context.ts'
import { Directory, type ServerReport } from '../../src/machines/directory.ts'
import type { ServerCommand } from '../../src/machines/messages.ts'
import { callEnd, pauseMs, question, questionId, tool } from './events.ts'

/** A call as a server got it. */
interface Asked {
  server: string
  command: Extract<ServerCommand, { type: 'call.start' }>
  isOver: boolean
}

type Step =
  | { do: 'call'; name: string }
  | { do: 'cancel'; which: number }
  | { do: 'interrupt' }
  | { do: 'become'; server: string; state: ServerState; generation: number }
  | { do: 'sent' | 'progress'; which: number }
  | { do: 'answer'; which: number; end: CallEnd }
  | { do: 'ask' | 'take back'; which: number; questionId: string }
  | { do: 'reply'; which: number; questionId: string; answer: QuestionAnswer }
  | { do: 'wait'; ms: number }

const answer = fc.constantFrom<QuestionAnswer>(
  { action: 'accept', content: { sure: true } },
  { action: 'accept', content: { sure: 'not quite' } },
  { action: 'decline' },
  { action: 'cancel' },
)
const servers = ['north', 'south']
const which = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('charge', 'charge', 'fly', 'tool_status')
      .map((name): Step => ({ do: 'call', name })),
  },
  which.map((which): Step => ({ do: 'cancel', which })),
  fc.constant<Step>({ do: 'interrupt' }),
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...servers),
        fc.constantFrom('ready', ...serverStates),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([server, state, generation]): Step => ({ do: 'become', server, state, generation })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('sent', 'progress'), which)
      .map(([what, which]): Step => ({ do: what, which })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(which, callEnd).map(([which, end]): Step => ({ do: 'answer', which, end })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('ask', 'ask', 'take back'), which, questionId)
      .map(([what, which, questionId]): Step => ({ do: what, which, questionId })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(which, questionId, answer)
      .map(([which, questionId, answer]): Step => ({ do: 'reply', which, questionId, answer })),
  },
  { weight: 2, arbitrary: pauseMs.map((ms): Step => ({ do: 'wait', ms })) },
)

const policy = parsePolicy({})
const options = serverOptionsSchema.parse({ group: 'weather' })

const heard = [
  ...(['call.started', 'call.sent', 'call.progress', 'call.ended'] as const),
  ...(['question.asked', 'question.ended'] as const),
]

/** A conversation over two servers that are interchangeable, and which a test answers for. */
class Told {
  readonly clock = new SimulatedClock()
  readonly directory = new Directory()
  readonly asked: Asked[] = []
  /** Calls that a server ended, and not with a refusal. */
  readonly mayHaveRun = new Set<string>()
  readonly askedAgain: string[] = []
  readonly news: ConversationNews[] = []
  readonly actor = createActor(conversationMachine, {
    clock: this.clock,
    input: { directory: this.directory, policy, now: () => this.clock.now(), random: () => 0.5 },
  })
  #calls = 0

  constructor() {
    for (const type of heard) {
      this.actor.on(type, (news) => void this.news.push(news))
    }
    this.actor.on('call.ended', ({ callId }) => this.#forget(callId))
    for (const server of servers) this.become(server, 'ready', 1)
  }

  become(name: string, state: ServerState, generation: number): void {
    const report: ServerReport = {
      ...{ name, state, generation, since: 0, transport: 'stdio', listed: true },
      ...{ tools: [tool], rejected: [] },
    }
    this.directory.update(report, options, { send: (command) => this.#hear(name, command) })
  }

  take(step: Step): void {
    if (step.do === 'call') {
      this.#calls += 1
      const callId = `call-${this.#calls}`
      this.actor.send({ type: 'function.call', callId, name: step.name, arguments: {} })
    } else if (step.do === 'cancel') {
      this.actor.send({ type: 'function.cancel', callId: `call-${this.#calls - step.which}` })
    } else if (step.do === 'reply') {
      const { questionId, answer } = step
      const callId = `call-${this.#calls - step.which}`
      this.actor.send({ type: 'question.answer', callId, questionId, answer })
    } else if (step.do === 'interrupt') this.actor.send({ type: 'interrupt' })
    else if (step.do === 'become') this.become(step.server, step.state, step.generation)
    else if (step.do === 'wait') this.clock.increment(step.ms)
    else this.#tell(step)
  }

  #hear(server: string, command: ServerCommand): void {
    if (command.type !== 'call.start') return
    if (this.mayHaveRun.has(command.callId)) this.askedAgain.push(command.callId)
    this.asked.push({ server, command, isOver: false })
  }

  #tell(step: Extract<Step, { do: 'sent' | 'progress' | 'answer' | 'ask' | 'take back' }>): void {
    const one = this.asked.at(-1 - step.which)
    if (!one || one.isOver) return
    const { server } = one
    const { generation, callId, caller } = one.command
    if (step.do === 'sent') caller.send({ type: 'call.sent', server, generation })
    if (step.do === 'progress') caller.send({ type: 'call.progress', progress: { progress: 1 } })
    if (step.do === 'take back') {
      caller.send({ type: 'call.question.withdrawn', questionId: step.questionId })
    }
    if (step.do === 'ask') {
      const { questionId } = step
      caller.send({ type: 'call.question', server, generation, questionId, question })
    }
    if (step.do !== 'answer') return
    one.isOver = true
    if (step.end.ok || !step.end.retryable) this.mayHaveRun.add(callId)
    caller.send({ type: 'call.ended', server, generation, end: step.end })
  }

  /** Nobody is there any more to hear of it. */
  #forget(ended: string): void {
    for (const one of this.asked) if (one.command.callId === ended) one.isOver = true
  }
}

/** Each that a call asks ends before its next one, and before the call does. */
function expectOneQuestionAtATime(news: readonly ConversationNews[]): void {
  const open = new Map<string, string>()
  for (const one of news) {
    if (!('callId' in one)) continue
    const { type, callId } = one
    if (type === 'question.asked') {
      expect(open.has(callId)).toBe(false)
      open.set(callId, one.questionId)
    } else if (type === 'question.ended') {
      expect(open.get(callId)).toBe(one.questionId)
      open.delete(callId)
    } else if (type === 'call.ended') expect(open.has(callId)).toBe(false)
  }
  expect(open.size).toBe(0)
}

test('whatever callers and servers do, each call that started has one end, and a call that may have run is not sent again', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const told = new Told()
      const { actor, news } = told
      actor.start()
      for (const step of steps) {
        told.take(step)
        expect(actor.getSnapshot().status).toBe('active')
      }
      actor.send({ type: 'end' })
      expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'ended' })

      const started = news.flatMap((one) => (one.type === 'call.started' ? one.callId : []))
      const ended = news.flatMap((one) => (one.type === 'call.ended' ? one.outcome : []))
      expect(ended.map(({ callId }) => callId).sort()).toEqual(started.sort())
      expect(told.askedAgain).toEqual([])
      expectOneQuestionAtATime(news)
      for (const outcome of ended) {
        const { callId, attempts } = outcome
        const asked = told.asked.filter(({ command }) => command.callId === callId)
        expect(attempts).toMatchObject(
          asked.map(({ server, command: { generation } }) => ({ server, generation })),
        )
        expect(attempts.every(({ code }) => code !== undefined)).toBe(true)
        expect(attempts.length).toBeLessThanOrEqual(3)
        if (outcome.ok) expect(attempts.at(-1)?.code ?? 'ok').toBe('ok')
        else if (outcome.error.effect === 'none') expect(told.mayHaveRun).not.toContain(callId)
      }
    }),
    { numRuns: 150 },
  )
})

test('a call whose server never says a word ends by itself, in time', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const told = new Told()
      told.actor.start()
      for (const step of steps) told.take(step)
      // At most as many questions as there are steps, and nobody answers. The clock jumps, so it may be late for each.
      for (let wait = 0; wait <= 2 * steps.length; wait++) told.clock.increment(policy.questionTimeoutMs)
      told.clock.increment(policy.maxCallMs)
      expect(told.actor.getSnapshot().context.calls.size).toBe(0)
      for (const { entry } of told.directory.route(tool.name)?.members ?? [])
        expect([...entry.inFlight]).toEqual([])
    }),
    { numRuns: 100 },
  )
})
