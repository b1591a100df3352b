import { describe, expect, test } from 'vitest'
import { callMachine } from '../../src/machines/call.ts'
import { seatQuestion } from './scripted-call.ts'
import { ScriptedConversation } from './scripted-conversation.ts'
import { toolNamed } from './scripted-directory.ts'

const seat = { seat: '12A' }
const page = { mode: 'url', message: 'Please sign in', url: 'https://bank.example/sign-in' } as const

/** A model has called `charge`, as call 1, and its server has begun. */
function charging(call = callMachine): ScriptedConversation {
  const one = new ScriptedConversation({}, call)
  one.serve('bank', { tools: [toolNamed('charge'), toolNamed('book')] })
  return one.call('charge', { response: 'a' }).sent()
}

/** What the caller says to the question that is due, once it was heard. */
const answer = (one: ScriptedConversation, content: object = seat, callId = 'answer') =>
  one
    .hears()
    .says('caller')
    .call('answer_question', { callId, arguments: { ...content }, response: callId })

const replies = ({ told }: ScriptedConversation) =>
  told.flatMap(([server, command]) =>
    command.type === 'call.answer' ? [[server, command.callId, command.questionId, command.reply]] : [],
  )

const common = { function: 'charge', ofModel: true }
const asked = (questionId: string, callId = '1', of = common) => ({
  ...{ type: 'question.asked', callId, server: 'bank', questionId, question: seatQuestion, ...of },
})
const closed = (questionId: string, how: string, callId = '1', of = common) => ({
  ...{ type: 'question.ended', callId, questionId, how, ...of },
})
const started = (callId: string, name: string, args: object) => ({
  ...{ type: 'call.started', callId, function: name, arguments: args },
})
const answered = (callId: string, name: string, text: string) => ({
  ...{ type: 'call.ended', callId, function: name },
  outcome: {
    ...{ ok: true, callId, server: 'switchboard', content: [{ type: 'text', text }], text },
    ...{ attempts: [], durationMs: 0 },
  },
})
const failed = (callId: string, name: string, code: string, message: string) => ({
  ...{ type: 'call.ended', callId, function: name },
  outcome: {
    ...{ ok: false, callId, error: { code, effect: 'none', message }, attempts: [], durationMs: 0 },
  },
})
const nothingOpen = (callId: string, name = 'answer_question') =>
  failed(callId, name, 'unknown_function', 'No question is open now. Nothing was done.')
const handedOver = (callId = 'answer', of = 'charge') =>
  answered(callId, 'answer_question', `The answer was handed over. The result of ${of} follows.`)

describe('a question for a model', () => {
  test('is put with its server and words, and is over with its answer', () => {
    const one = charging()
    const heard: unknown[] = []
    one.actor.on('question.due', (event) => void heard.push(event))
    one.actor.on('question.over', (event) => void heard.push(event))
    const questionId = one.ask('q').due
    answer(one)
    expect(heard).toEqual([
      {
        ...{ type: 'question.due', questionId, about: 'server', function: 'charge', server: 'bank' },
        ...{ message: seatQuestion.message },
      },
      { type: 'question.over', questionId },
    ])
  })

  test('has the time of its server, not the minute of a confirmation', () => {
    const one = new ScriptedConversation({ questionTimeoutMs: 100_000 })
    one.serve('bank').call('charge', { response: 'a' }).sent()
    expect(answer(one.ask('q').wait(90_000)).news.slice(-2)).toEqual([handedOver(), closed('q', 'accepted')])
  })

  test('is told, and its answer is handed over', () => {
    const one = charging()
    const { length } = one.news
    answer(one.ask('q'))
    expect(one.news.slice(length)).toEqual([
      asked('q'),
      started('answer', 'answer_question', seat),
      handedOver(),
      closed('q', 'accepted'),
    ])
    expect(replies(one)).toEqual([['bank', '1', 'q', { action: 'accept', content: seat }]])
  })

  test.each<[string, (one: ScriptedConversation) => unknown]>([
    ['was not heard', (one) => one.says('agent').says('caller')],
    ['was heard, and the caller has not spoken since', (one) => one.says('caller').hears()],
    ['is another than the one that was heard', (one) => one.hears('other').says('caller')],
  ])('is not answered by a model while it %s, and is asked again', (_, happens) => {
    const one = charging().ask('q')
    happens(one)
    one.call('answer_question', { callId: 'x', arguments: seat, response: 'x' })
    expect(replies(one)).toEqual([])
    const unheard = 'The caller has not heard the whole question and answered it yet. Nothing was done.'
    expect(one.news.at(-1)).toEqual(failed('x', 'answer_question', 'confirmation_required', unheard))
    expect(one.puts).toEqual(_.startsWith('was heard') ? ['q'] : ['q', 'q'])
  })

  test('can be declined', () => {
    const one = charging()
    const { length } = one.news
    one.ask('q').call('decline_question', { callId: 'no', response: 'no' })
    expect(one.news.slice(length + 1)).toEqual([
      started('no', 'decline_question', {}),
      answered('no', 'decline_question', 'The question was declined. The result of charge follows.'),
      closed('q', 'declined'),
    ])
    expect(replies(one)).toEqual([['bank', '1', 'q', { action: 'decline' }]])
  })

  test('is asked again where the answer does not fit, and cancelled after the third', () => {
    const one = charging().ask('q')
    const { length } = one.news
    for (const callId of ['x', 'y', 'z']) answer(one, {}, callId)
    const unfit = 'The answer does not fit: seat is missing. Nothing was done.'
    const given = 'The answer does not fit, and the question is cancelled. Nothing was done.'
    expect(one.news.slice(length)).toEqual([
      started('x', 'answer_question', {}),
      failed('x', 'answer_question', 'invalid_arguments', unfit),
      started('y', 'answer_question', {}),
      failed('y', 'answer_question', 'invalid_arguments', unfit),
      started('z', 'answer_question', {}),
      failed('z', 'answer_question', 'invalid_arguments', given),
      closed('q', 'cancelled'),
    ])
    expect(replies(one)).toEqual([['bank', '1', 'q', { action: 'cancel' }]])
  })

  test('that was answered well at the second attempt is over', () => {
    const one = answer(answer(charging().ask('q'), {}, 'x'))
    expect(one.news.slice(-2)).toEqual([handedOver(), closed('q', 'accepted')])
    expect(answer(one, seat, 'late').news.at(-1)).toEqual(nothingOpen('late'))
  })

  test.each<[string, (one: ScriptedConversation) => unknown, string]>([
    ['its time is over', (one) => one.wait(60_000), 'timed_out'],
    ['its call was answered', (one) => one.answer({ content: [] }), 'withdrawn'],
    ['its call was cancelled', (one) => one.cancel(), 'withdrawn'],
    [
      'its server took it back',
      (one) => one.tell({ type: 'call.question.withdrawn', questionId: 'q' }),
      'withdrawn',
    ],
  ])('cannot be answered once %s', (_, happens, how) => {
    const one = charging().ask('q')
    happens(one)
    expect(one.news).toContainEqual(closed('q', how))
    expect(answer(one).news.at(-1)).toEqual(nothingOpen('answer'))
  })

  test.each(['answer_question', 'decline_question'])('that nobody has asked has no answer: %s', (name) => {
    const one = charging().call(name, { callId: 'x', arguments: seat, response: 'x' })
    expect(one.news.slice(-2)).toEqual([started('x', name, seat), nothingOpen('x', name)])
    expect(replies(one)).toEqual([])
  })

  test('is put to whoever still waits for the call', () => {
    const one = charging().call('charge', { callId: '2', response: 'a' }).cancel('1').ask('q')
    expect(answer(one).news.slice(-4)).toEqual([
      asked('q', '2'),
      started('answer', 'answer_question', seat),
      handedOver(),
      closed('q', 'accepted', '2'),
    ])
  })
})

describe('several questions for a model', () => {
  const two = () => charging().call('book', { callId: '2', response: 'a' }).sent('2')

  test('are answered in the order in which they were asked, whatever the order of the calls', () => {
    const one = two().ask('first', '2').ask('second', '1')
    answer(answer(one, seat, 'x'), seat, 'y')
    expect(replies(one).map(([, callId, questionId]) => [callId, questionId])).toEqual([
      ['2', 'first'],
      ['1', 'second'],
    ])
    expect(one.outcomes).toMatchObject([
      { callId: 'x', text: 'The answer was handed over. The result of book follows.' },
      { callId: 'y', text: 'The answer was handed over. The result of charge follows.' },
    ])
    expect(answer(one, seat, 'z').news.at(-1)).toEqual(nothingOpen('z'))
  })

  test('of which the first is over leave the second', () => {
    const one = two().ask('first', '1').ask('second', '2').cancel('1')
    expect(answer(one).news.slice(-2)).toEqual([
      handedOver('answer', 'book'),
      closed('second', 'accepted', '2', { function: 'book', ofModel: true }),
    ])
  })

  test('of one call come one after the other', () => {
    const one = answer(charging().ask('first').ask('second'), seat, 'x')
    expect(one.news.at(-1)).toEqual(asked('second'))
    expect(answer(one).news.slice(-2)).toEqual([handedOver(), closed('second', 'accepted')])
  })
})

test('a second answer that comes while the first is judged is too late', () => {
  const one = charging()
  one.actor.on('question.due', () => {
    answer(one, seat, 'x')
    answer(one, seat, 'y')
  })
  one.ask('q')
  expect(one.news.slice(-4)).toEqual([
    started('y', 'answer_question', seat),
    nothingOpen('y'),
    handedOver('x'),
    closed('q', 'accepted'),
  ])
  expect(replies(one)).toHaveLength(1)
})

test('an answer to a call that ends meanwhile is not said to be handed over', () => {
  const one = charging()
  one.actor.on('question.due', () => answer(one))
  // The call is told of its end before the answer reaches it.
  one.actor.on('call.progress', () => one.ask('q').answer({ content: [] }))
  one.progress()
  expect(replies(one)).toEqual([])
  expect(one.outcomes).toMatchObject([
    { callId: 'answer', ok: false, error: { message: 'No question is open now. Nothing was done.' } },
    { callId: '1', ok: true },
  ])
})

describe('a question of a program’s call', () => {
  const program = { function: 'charge', ofModel: false }
  const asking = () => new ScriptedConversation().serve('bank').call().sent().ask('q')

  test('is told as one, and answered under the id of the call', () => {
    const one = asking()
    expect(one.news.at(-1)).toEqual(asked('q', '1', program))
    for (const content of [{}, seat]) {
      one.send({
        type: 'question.answer',
        callId: '1',
        questionId: 'q',
        answer: { action: 'accept', content },
      })
    }
    expect(one.news.slice(-2)).toEqual([
      { type: 'question.refused', callId: '1', questionId: 'q', problem: 'seat is missing', ...program },
      closed('q', 'accepted', '1', program),
    ])
    expect(replies(one)).toEqual([['bank', '1', 'q', { action: 'accept', content: seat }]])
  })

  test('is not answered by a model, nor under the id of another call', () => {
    const one = answer(asking())
    expect(one.news.at(-1)).toEqual(nothingOpen('answer'))
    one.send({ type: 'question.answer', callId: '2', questionId: 'q', answer: { action: 'decline' } })
    expect(replies(one)).toEqual([])
  })

  test('is answered by whoever shares the call, also if it is a model’s', () => {
    const one = charging().call('charge', { callId: '2', response: 'a' }).ask('q')
    const unfit = { action: 'accept', content: {} } as const
    one.send({ type: 'question.answer', callId: '2', questionId: 'q', answer: unfit })
    expect(one.news.at(-1)).toEqual({
      ...{ type: 'question.refused', callId: '1', questionId: 'q', problem: 'seat is missing', ...common },
    })
    one.send({ type: 'question.answer', callId: '2', questionId: 'q', answer: { action: 'decline' } })
    expect(one.news.at(-1)).toEqual(closed('q', 'declined'))
  })
})

test('a page is not visited by a model', () => {
  const one = charging().ask('q', '1', page)
  expect(one.news.at(-1)).toEqual({ ...asked('q'), question: page })
  expect(answer(one).news.at(-1)).toEqual(nothingOpen('answer'))
  expect(replies(one)).toEqual([])
})

describe('a call whose actor throws while it asks', () => {
  const isUnfitForGood = () => {
    throw new Error('a bug')
  }
  const breaking = () => {
    const one = charging(callMachine.provide({ guards: { isUnfitForGood } }))
    one.call('book', { callId: '2', response: 'a' }).sent('2')
    return answer(one.ask('q').ask('other', '2'))
  }
  const fault = 'charge ended by a fault of this program. I do not know whether it was done.'

  test('takes its question back, and nobody knows whether the answer was handed over', () => {
    expect(breaking().news.slice(-3)).toEqual([
      {
        ...{ type: 'call.ended', callId: 'answer', function: 'answer_question' },
        outcome: {
          ...{ ok: false, callId: 'answer', attempts: [], durationMs: 0 },
          error: { code: 'connection_lost', effect: 'unknown', message: fault },
        },
      },
      closed('q', 'withdrawn'),
      expect.objectContaining({ type: 'call.ended', callId: '1' }),
    ])
  })

  test('leaves the next question to be answered', () => {
    const one = breaking()
    expect(answer(one, seat, 'next').outcomes.at(-2)).toMatchObject({
      callId: 'next',
      error: { message: 'book ended by a fault of this program. I do not know whether it was done.' },
    })
  })
})

test('silence is noticed only of calls that do not ask, and anew from the answer on', () => {
  const noticed = ({ news }: ScriptedConversation) =>
    news.flatMap((one) => (one.type === 'silence.noticed' ? [one.functions] : []))
  const one = charging().wait(1_000).ask('q').wait(30_000)
  expect(noticed(one)).toEqual([])
  answer(one).wait(1_199)
  expect(noticed(one)).toEqual([])
  expect(noticed(one.wait(1))).toEqual([['charge']])
  one.call('book', { callId: '2', response: 'a' }).ask('r').wait(8_000)
  expect(noticed(one)).toEqual([['charge'], ['book']])
})

test('what is told of a question of no call goes no further', () => {
  const one = charging()
  const { length } = one.news
  one.send({ type: 'question.asked', callId: 'x', server: 'bank', questionId: 'q', question: seatQuestion })
  one.send({ type: 'question.refused', callId: 'x', questionId: 'q', problem: 'seat is missing' })
  one.send({ type: 'question.ended', callId: 'x', questionId: 'q', how: 'accepted' })
  expect(one.news.slice(length)).toEqual([])
  expect(one.actor.getSnapshot().status).toBe('active')
})
