import fc from 'fast-check'
import type { AskedQuestion, CallEnd, ConnectionEvent } from '../../src/contract/connection.ts'
import { callError } from '../../src/contract/errors.ts'
import type { Tool } from '../../src/contract/protocol.ts'

export const tool: Tool = {
  ...{ name: 'charge', description: '', inputSchema: { type: 'object' }, annotations: {}, hash: '' },
}

export const callIds = ['a', 'b', 'c', 'd']
export const callId = fc.constantFrom(...callIds)

export const callEnd: fc.Arbitrary<CallEnd> = fc.oneof(
  fc.constant<CallEnd>({ ok: true, content: [{ type: 'text', text: 'charged' }] }),
  fc
    .constantFrom(
      callError('server_unavailable', 'none', 'It was away.'),
      callError('overloaded', 'none', 'It is busy.'),
      callError('connection_lost', 'unknown', 'It went.'),
      callError('tool_error', 'unknown', 'It could not.'),
    )
    .map((error): CallEnd => ({ ok: false, error, retryable: error.effect === 'none' })),
)

/** One of few: also one that is open already, or not any more. */
export const questionId = fc.constantFrom('1', '2', '3')
export const question: AskedQuestion = {
  mode: 'form',
  message: 'Are you sure?',
  schema: { type: 'object', properties: { sure: { type: 'boolean' } }, required: ['sure'] },
}

const ends = fc.array(fc.record({ callId, end: callEnd }), { maxLength: 3 })
const reason = 'it is so'

/** Of the present generation, mostly, or of one so many before. */
const generationsAgo = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(3))

/** Whatever a connection may say, sensible now or not. */
export const connectionEvent = generationsAgo.chain((generation): fc.Arbitrary<ConnectionEvent> => {
  const say = <Event extends ConnectionEvent>(event: Event) => fc.constant(event)
  return fc.oneof(
    say({ type: 'connection.connected', generation, pid: 7 }),
    { weight: 4, arbitrary: say({ type: 'connection.tools', generation, tools: [tool], rejected: [] }) },
    callId.map((callId): ConnectionEvent => ({ type: 'connection.call.sent', generation, callId })),
    callId.map(
      (callId): ConnectionEvent => ({
        ...{ type: 'connection.call.progress', generation, callId, progress: { progress: 1 } },
      }),
    ),
    fc.record({
      type: fc.constant('connection.call.ended' as const),
      generation: fc.constant(generation),
      callId,
      end: callEnd,
    }),
    say({ type: 'connection.call.late', generation }),
    fc
      .tuple(questionId, fc.option(callId, { nil: undefined }))
      .map(([questionId, callId]): ConnectionEvent => {
        const known = callId === undefined ? {} : { callId }
        return { type: 'connection.question', generation, questionId, ...known, question }
      }),
    questionId.map(
      (questionId): ConnectionEvent => ({ type: 'connection.question.withdrawn', generation, questionId }),
    ),
    fc
      .boolean()
      .map((ok): ConnectionEvent => ({ type: 'connection.checked', generation, ok, lastByteAt: 0 })),
    say({ type: 'connection.heard', generation, at: 0 }),
    say({ type: 'connection.suspect', generation, reason }),
    say({ type: 'connection.garbled', generation, reason }),
    say({ type: 'connection.stream.lost', generation, reason }),
    fc.tuple(fc.boolean(), ends).map(
      ([permanent, ends]): ConnectionEvent => ({
        ...{ type: 'connection.lost', generation, reason, permanent, ends },
      }),
    ),
    ends.map((ends): ConnectionEvent => ({ type: 'connection.unauthorized', generation, reason, ends })),
  )
})

/** How long nothing happens. */
export const pauseMs = fc.oneof(fc.constantFrom(0, 1, 20_000), fc.integer({ min: 0, max: 3_000 }))
