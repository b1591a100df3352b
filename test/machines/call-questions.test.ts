import { expect, test } from 'vitest'
import { asked, ended, extended, reply, ScriptedCall, seatQuestion } from './scripted-call.ts'

const policy = { callTimeoutMs: 15_000, maxCallMs: 20_000, questionTimeoutMs: 60_000 }
const seat = { action: 'accept', content: { seat: '12A' } } as const
const cancel = { action: 'cancel' } as const

/** What the conversation was told, the end of the call as its code. */
function toldBy({ told }: ScriptedCall): unknown[] {
  return told.map((news) => {
    if (news.type !== 'call.ended') return news
    return news.outcome.ok ? 'ok' : `${news.outcome.error.code}, ${news.outcome.error.effect}`
  })
}

const sent = { type: 'call.sent', callId: '1', server: 'bank', generation: 1 }

test('the deadline stands still while a question is open, and goes on where it stood', () => {
  const call = new ScriptedCall({ policy }).sent()
  call.wait(14_000).ask('a').wait(59_000).answer('a', seat)
  expect(call.commands).toEqual([extended(74_000), reply('a', seat)])
  call.wait(999)
  expect(toldBy(call)).toEqual([sent, asked('a'), ended('a', 'accepted')])

  call.wait(1)
  expect(toldBy(call).at(-1)).toBe('timed_out, unknown')
  expect(call.commands.at(-1)).toEqual({ type: 'call.cancel', callId: '1', reason: 'timed_out' })
})

test('what progress may extend a call to stands still, too', () => {
  const call = new ScriptedCall({ policy }).sent()
  call.ask('a').wait(30_000).answer('a', seat)
  call.actor.send({ type: 'call.progress', progress: { progress: 1 } })
  expect(call.commands.at(-1)).toEqual(extended(45_000))
  call.wait(14_000)
  call.actor.send({ type: 'call.progress', progress: { progress: 2 } })
  // 20 s of its own, and the 30 s of the question.
  expect(call.commands.at(-1)).toEqual(extended(50_000))
})

test('progress meanwhile is told, and moves nothing', () => {
  const call = new ScriptedCall({ policy }).sent()
  call.wait(5_000).ask('a').wait(1_000)
  call.actor.send({ type: 'call.progress', progress: { progress: 1 } })
  call.answer('a', cancel)
  expect(call.commands).toEqual([extended(16_000), reply('a', cancel)])
  expect(toldBy(call)).toEqual([
    sent,
    asked('a'),
    { type: 'call.progress', callId: '1', progress: { progress: 1 } },
    ended('a', 'cancelled'),
  ])
})

test('a question without an answer is cancelled in time, and the call goes on', () => {
  const call = new ScriptedCall({ policy }).sent().ask('a').wait(59_999)
  expect(call.commands).toEqual([])
  call.wait(1).answer('a', seat).end()
  expect(call.commands).toEqual([extended(75_000), reply('a', cancel)])
  expect(toldBy(call)).toEqual([sent, asked('a'), ended('a', 'timed_out'), 'ok'])
})

test('several questions are asked one after the other, each with its own time', () => {
  const call = new ScriptedCall({ policy }).sent().ask('a').wait(40_000).ask('b').ask('c')
  expect(toldBy(call)).toEqual([sent, asked('a')])
  // An answer to one that is not asked yet is none, whether it would fit or not.
  call
    .answer('b', seat)
    .answer('b', { action: 'accept', content: {} })
    .wait(20_000)
    .wait(59_999)
    .answer('b', seat)
  call.answer('c', { action: 'decline' })

  expect(toldBy(call)).toEqual([
    sent,
    ...[asked('a'), ended('a', 'timed_out')],
    ...[asked('b'), ended('b', 'accepted')],
    ...[asked('c'), ended('c', 'declined')],
  ])
  expect(call.commands.filter(({ type }) => type === 'call.answer')).toEqual([
    reply('a', cancel),
    reply('b', seat),
    reply('c', { action: 'decline' }),
  ])
  call.wait(15_000)
  expect(toldBy(call).at(-1)).toBe('timed_out, unknown')
})

test('an answer that does not fit is given back twice with the problem, the third is a cancel', () => {
  const call = new ScriptedCall({ policy }).sent().ask('a')
  const problems = [{ seat: 'at the window' }, { seat: '12A', card: '4242' }, { seat: { row: 12 } }] as const
  for (const content of problems) call.answer('a', { action: 'accept', content })

  expect(toldBy(call)).toEqual([
    sent,
    asked('a'),
    {
      ...{ type: 'question.refused', callId: '1', questionId: 'a' },
      problem: 'seat: String is too long (13 > 3)',
    },
    { type: 'question.refused', callId: '1', questionId: 'a', problem: 'card is not known' },
    ended('a', 'cancelled'),
  ])
  expect(call.commands).toEqual([extended(15_000), reply('a', cancel)])

  // The next one begins anew, and a third that fits is taken.
  call.ask('b').answer('b', { action: 'accept', content: {} })
  expect(call.told.at(-1)).toEqual({
    ...{ type: 'question.refused', callId: '1', questionId: 'b', problem: 'seat is missing' },
  })
  call.answer('b', { action: 'accept', content: {} }).answer('b', seat)
  expect(call.commands.at(-1)).toEqual(reply('b', seat))
})

test('what no form can hold is told in words', () => {
  const call = new ScriptedCall().ask('a')
  call.answer('a', { action: 'accept', content: { seat: { row: 12 } } })
  expect(call.told.at(-1)).toMatchObject({
    problem: 'seat: a text, a number, yes or no, or a list of texts is needed',
  })
})

test('a field that is left out has its default, as in a form where it is filled in already', () => {
  const properties = {
    seat: { type: 'string', default: '12A' },
    bags: { type: 'integer', default: 1 },
    meal: { type: 'string' },
    extras: { type: 'object', default: { wifi: true } },
  }
  const question = { mode: 'form', message: 'Which seat?', schema: { type: 'object', properties } } as const
  const call = new ScriptedCall().sent().ask('a', question)
  call.answer('a', { action: 'accept', content: { bags: 0 } })
  expect(call.commands.at(-1)).toEqual(reply('a', { action: 'accept', content: { seat: '12A', bags: 0 } }))
})

test('of a page only the consent goes to the server', () => {
  const page = { mode: 'url', message: 'Please sign in', url: 'https://bank.example/sign-in' } as const
  const call = new ScriptedCall().sent().ask('a', page).answer('a', seat)
  expect(call.commands.at(-1)).toEqual(reply('a', { action: 'accept' }))
  expect(toldBy(call)).toEqual([sent, asked('a', page), ended('a', 'accepted')])
})

test('a question that the server takes back is withdrawn, also before it was asked', () => {
  const call = new ScriptedCall({ policy }).sent().ask('a').ask('b').ask('c')
  call.actor.send({ type: 'call.question.withdrawn', questionId: 'b' })
  call.wait(10_000)
  call.actor.send({ type: 'call.question.withdrawn', questionId: 'a' })
  expect(toldBy(call)).toEqual([sent, asked('a'), ended('a', 'withdrawn'), asked('c')])
  expect(call.commands).toEqual([extended(25_000)])
})

test.each<[string, (call: ScriptedCall) => unknown, string]>([
  ['is answered', (call) => call.end(), 'ok'],
  ['is cancelled', (call) => call.actor.send({ type: 'cancel' }), 'cancelled, unknown'],
  [
    'loses its server',
    (call) => {
      const error = { code: 'connection_lost', effect: 'unknown', message: 'It was lost.' } as const
      call.end({ ok: false, error, retryable: false })
    },
    'connection_lost, unknown',
  ],
])('a call that %s takes its questions back before its end is told', (_, happens, end) => {
  const call = new ScriptedCall().sent().ask('a').ask('b')
  happens(call)
  expect(toldBy(call)).toEqual([sent, asked('a'), ended('a', 'withdrawn'), end])
  // Its server knows by itself that nobody answers any more.
  expect(call.commands.filter(({ type }) => type === 'call.answer')).toEqual([])
})

test('a call that is tried again takes back what the lost server asked, and keeps the time it has left', () => {
  const call = new ScriptedCall({ policy, annotations: { readOnlyHint: true } })
  call.wait(5_000).ask('a').ask('b').wait(30_000)
  const error = { code: 'server_unavailable', effect: 'none', message: 'It was away.' } as const
  call.end({ ok: false, error, retryable: true })
  expect(call.actor.getSnapshot().value).toBe('waiting')
  expect(call.actor.getSnapshot().context).toMatchObject({ deadlineAt: 45_000, questions: [] })
  expect(toldBy(call)).toEqual([asked('a'), ended('a', 'withdrawn')])
})

test('the caller who speaks answers, and interrupts no call that asks', () => {
  const call = new ScriptedCall({ annotations: { readOnlyHint: true } }).sent().ask('a')
  call.actor.send({ type: 'interrupt' })
  expect(toldBy(call)).toEqual([sent, asked('a')])
  call.answer('a', seat)
  call.actor.send({ type: 'interrupt' })
  expect(toldBy(call).at(-1)).toBe('cancelled, unknown')
})

test('a server may not ask without end', () => {
  const call = new ScriptedCall()
  for (let number = 1; number <= 21; number++) call.ask(`${number}`).answer(`${number}`, cancel)
  expect(call.told.filter(({ type }) => type === 'question.asked')).toHaveLength(20)
  expect(call.commands.at(-1)).toEqual(reply('21', cancel))
})

test('a question of another attempt is not asked', () => {
  const call = new ScriptedCall()
  const question = seatQuestion
  call.actor.send({ type: 'call.question', server: 'bank', generation: 0, questionId: 'old', question })
  expect(call.told).toEqual([])
})
