import { describe, expect, test } from 'vitest'
import { ScriptedConversation } from './scripted-conversation.ts'
import type { Options } from './scripted-directory.ts'
import { toolNamed } from './scripted-directory.ts'

const destroying = toolNamed('erase_disk', { annotations: { destructiveHint: true } })
const args = { name: 'backup' }
const code = '250000'
const question = 'Shall I erase disk, with the name backup?'

const asked = (callId = '1', itsCode = code) => ({
  type: 'call.ended',
  callId,
  function: 'erase_disk',
  outcome: {
    ok: false,
    callId,
    error: {
      code: 'confirmation_required',
      effect: 'none',
      message: question,
      confirmation: { code: itsCode },
    },
    attempts: [],
    durationMs: 0,
  },
})

function conversation(policy = {}, options: Options = {}) {
  const one = new ScriptedConversation(policy).serve('nas', { tools: [destroying] }, options)
  one.dice.push(0.25, 0.75)
  return one
}

/** The call that needs a yes. */
const ask = (one: ScriptedConversation, callId = '1', changes = {}) =>
  one.call('erase_disk', { callId, arguments: args, response: callId, ...changes })
const confirm = (
  one: ScriptedConversation,
  approved: unknown = true,
  callId = 'yes',
  itsCode: unknown = code,
) => one.call('confirm_call', { callId, arguments: { code: itsCode, approved } })
const lastError = ({ outcomes }: ScriptedConversation) => {
  const outcome = outcomes.at(-1)
  return outcome?.ok === false ? outcome.error : outcome
}

describe('what needs the caller’s yes', () => {
  test('is not done, and the question and a code are given', () => {
    const one = ask(conversation())
    expect(one.told).toEqual([])
    expect(one.news.at(-1)).toEqual(asked())
    expect(one.puts).toEqual([code])
  })

  test('is put with its function and arguments, and is over with its answer', () => {
    const one = conversation()
    const heard: unknown[] = []
    one.actor.on('question.due', (event) => void heard.push(event))
    one.actor.on('question.over', (event) => void heard.push(event))
    confirm(ask(one), false)
    expect(heard).toEqual([
      {
        ...{ type: 'question.due', questionId: code },
        ...{ about: 'confirmation', function: 'erase_disk', arguments: args },
      },
      { type: 'question.over', questionId: code },
    ])
  })

  test('is not asked of a program, which has the yes in a way of its own', () => {
    const one = ask(conversation(), '1', { response: undefined })
    expect(lastError(one)).toEqual({ code: 'confirmation_required', effect: 'none', message: question })
    expect(one.puts).toEqual([])
  })

  test.each<[string, Options, boolean]>([
    ['its own word', {}, true],
    ['the configuration, whatever it says itself', { tools: { erase_disk: { confirm: false } } }, false],
  ])('is decided by %s', (_, options, isAsked) => {
    const one = ask(conversation({}, options))
    expect(one.asked).toEqual(isAsked ? [] : ['nas'])
  })

  test('is also what the configuration names', () => {
    const one = new ScriptedConversation().serve('bank', {}, { tools: { charge: { confirm: true } } }).call()
    expect(one.puts).toEqual([])
    expect(one.asked).toEqual([])
    expect(lastError(one)).toMatchObject({ message: 'Shall I charge?' })
  })

  test('is not asked for where a program has it already', () => {
    expect(ask(conversation(), '1', { confirmed: true }).asked).toEqual(['nas'])
  })

  test('is not asked for what cannot be done anyway', () => {
    const one = conversation({ patienceMs: 5 }).serve('nas', { state: 'reconnecting', tools: [destroying] })
    ask(one).wait(5)
    expect(lastError(one)).toMatchObject({ code: 'server_unavailable' })
  })
})

describe('a yes', () => {
  const heard = (one: ScriptedConversation) => one.hears().says('caller')

  test('after the question was heard runs the call, with its arguments, under the id of the yes', () => {
    const one = heard(ask(conversation(), '1', { timeoutMs: 700 }))
    confirm(one)
      .sent('yes')
      .answer({ content: [{ type: 'text', text: 'erased' }] }, 'yes')

    expect(one.told[0]).toMatchObject([
      'nas',
      { type: 'call.start', callId: 'yes', arguments: args, deadlineAt: one.now + 700 },
    ])
    expect(one.news.slice(-3)).toMatchObject([
      { type: 'call.started', callId: 'yes', function: 'erase_disk', arguments: args },
      { type: 'call.sent', callId: 'yes', function: 'erase_disk' },
      { type: 'call.ended', callId: 'yes', function: 'erase_disk', outcome: { ok: true, text: 'erased' } },
    ])
    expect(one.due).toBeUndefined()
  })

  const unheard = 'The caller has not heard the whole question and answered it yet. Nothing was done.'
  test.each<[string, (one: ScriptedConversation) => unknown, number]>([
    ['nobody has spoken', () => {}, 2],
    ['something else was said and answered', (one) => one.says('agent').says('caller'), 2],
    ['the caller spoke before the question was heard', (one) => one.says('caller').hears(), 1],
    ['the caller speaks on since before', (one) => one.speaks('caller').hears().speaks('caller'), 1],
    ['another question was heard', (one) => one.hears('other').says('caller'), 2],
  ])('does not count where %s; the question is put again if it was not heard', (_, happens, puts) => {
    const one = ask(conversation())
    happens(one)
    confirm(one)
    expect(one.told).toEqual([])
    expect(lastError(one)).toEqual({
      code: 'confirmation_required',
      effect: 'none',
      message: unheard,
      confirmation: { code },
    })
    expect(one.puts).toHaveLength(puts)
  })

  test('counts once: what it led to has a result of its own', () => {
    const one = heard(ask(conversation()))
    confirm(one)
    confirm(one, true, 'again')
    one.answer({ content: [] }, 'yes')
    expect(one.asked).toEqual(['nas'])
    expect(one.outcomes.slice(-2)).toMatchObject([
      { ok: true, callId: 'yes' },
      { ok: true, callId: 'again' },
    ])
    confirm(one, true, 'late')
    expect(one.asked).toEqual(['nas'])
    expect(lastError(one)).toEqual({
      code: 'confirmation_required',
      effect: 'none',
      message:
        'This confirmation was used before, and its call has a result of its own. It is not made a second time.',
    })
  })

  test('that joins a running call is told as a call of the function', () => {
    const one = heard(ask(conversation()))
    confirm(one)
    confirm(one, true, 'again')
    expect(one.news.at(-1)).toEqual({
      ...{ type: 'call.started', callId: 'again', function: 'erase_disk', arguments: args },
    })
  })

  test('to what was never asked, or too long ago, does nothing', () => {
    const one = heard(ask(conversation()))
    confirm(one, true, 'yes', '123456')
    expect(one.asked).toEqual([])
    expect(lastError(one)).toEqual({
      code: 'confirmation_required',
      effect: 'none',
      message: 'This confirmation is too old; the call has to be made again. Nothing was done.',
    })
  })

  test.each([
    [49, 'This confirmation was used before'],
    [50, 'This confirmation is too old'],
  ])('is known as used until fifty others were: %i later', (others, words) => {
    const one = conversation()
    one.dice.splice(0, 2, 0.25)
    confirm(heard(ask(one))).answer({ content: [] }, 'yes')
    for (let index = 1; index <= others; index += 1) {
      const callId = `other ${index}`
      one.dice.push(0.3 + index / 1000)
      one.call('erase_disk', { callId, arguments: { name: callId }, response: callId })
      confirm(heard(one), true, `yes ${index}`, one.due).answer({ content: [] }, `yes ${index}`)
    }
    confirm(one, true, 'late')
    expect(one.asked).toHaveLength(others + 1)
    expect(lastError(one)).toMatchObject({ message: expect.stringContaining(words) })
  })

  test.each([
    [59_999, ['nas']],
    [60_000, []],
  ])('counts for a minute: %i ms later', (afterMs, isAsked) => {
    const one = heard(ask(conversation())).wait(afterMs)
    confirm(one)
    expect(one.asked).toEqual(isAsked)
  })

  test('counts for a minute from when its question was last put', () => {
    const one = ask(conversation()).wait(30_000)
    confirm(one, true, 'too soon')
    confirm(heard(one.wait(40_000)))
    expect(one.asked).toEqual(['nas'])
  })

  test('counts for one of two questions: the second is put when the first is over', () => {
    const one = ask(ask(conversation()), '2', { arguments: { name: 'photos' } })
    expect(lastError(one)).toMatchObject({ confirmation: { code: '750000' } })
    expect(one.puts).toEqual([code])
    confirm(heard(one), true, 'wrong', '750000')
    expect(one.told).toEqual([])
    confirm(one)
    confirm(one, true, 'both', '750000')
    expect(one.told).toMatchObject([['nas', { arguments: args }]])
    expect(one.puts).toEqual([code, '750000', '750000'])
    confirm(heard(one), true, 'second', '750000')
    expect(one.told).toMatchObject([
      ['nas', { arguments: args }],
      ['nas', { arguments: { name: 'photos' } }],
    ])
  })

  test('is asked for anew where the model asks again after the caller spoke', () => {
    const one = heard(ask(conversation()))
    ask(one, '2')
    expect(one.news.at(-1)).toEqual(asked('2', '750000'))
    expect(one.puts).toEqual([code, '750000'])
    confirm(one)
    confirm(one, true, 'new', '750000')
    expect(one.told).toEqual([])
    confirm(heard(one), true, 'yes', '750000')
    expect(one.asked).toEqual(['nas'])
  })

  test('is asked for anew, before another, where the model asks again after the question was heard', () => {
    const one = ask(ask(conversation()), '2', { arguments: { name: 'photos' } })
    one.dice.push(0.5)
    ask(one.hears(), '3')
    expect(one.news.at(-1)).toEqual(asked('3', '500000'))
    expect(one.puts).toEqual([code, '500000'])
    confirm(one, false, 'no', '500000')
    expect(one.puts).toEqual([code, '500000', '750000'])
  })

  test('that is asked for leaves a server’s question open, whatever the caller has said to it', () => {
    const one = conversation().serve('bank').call('charge', { callId: 'paying', response: 'a' })
    one.sent('paying').ask('q', 'paying').hears().says('caller')
    ask(one).call('answer_question', { callId: 'seat', arguments: { seat: '12A' }, response: 'b' })
    expect(one.outcomes.at(-1)).toMatchObject({ callId: 'seat', ok: true })
  })

  test('does not count any more where the caller’s words led to another such call', () => {
    const one = ask(heard(ask(conversation())), '2', { arguments: { name: 'photos' } })
    expect(one.puts).toEqual([code, '750000'])
    confirm(one)
    confirm(heard(one))
    expect(one.told).toEqual([])
    confirm(one, true, 'second', '750000')
    expect(one.told).toMatchObject([['nas', { arguments: { name: 'photos' } }]])
  })

  test('is waited for under the same code where the question was not heard yet', () => {
    const one = ask(ask(conversation()), '2')
    expect(one.news.at(-1)).toEqual(asked('2'))
    expect(one.puts).toEqual([code])
  })

  test('is over where the caller says never mind', () => {
    const one = heard(ask(conversation()))
    one.call('cancel_calls', { callId: 'stop', response: 'stop' })
    expect(one.outcomes.at(-1)).toMatchObject({ text: 'erase_disk was not wanted. Nothing was done.' })
    expect(one.due).toBeUndefined()
    confirm(one)
    expect(one.told).toEqual([])
  })

  test('is not guessed: a code that is in use is not given twice', () => {
    const one = conversation()
    one.dice.splice(0, 2, 0.25, 0.25, 0.5)
    ask(ask(one), '2', { arguments: { name: 'photos' } })
    expect(lastError(one)).toMatchObject({ confirmation: { code: '500000' } })
  })

  test.each([
    ['no code', null, true],
    ['no answer', code, null],
    ['words for an answer', code, 'yes'],
  ])('with %s is no yes', (_, itsCode, approved) => {
    const one = heard(ask(conversation()))
    confirm(one, approved, 'yes', itsCode)
    expect(one.told).toEqual([])
    expect(lastError(one)).toEqual({
      code: 'invalid_arguments',
      effect: 'none',
      message: 'confirm_call needs the code, a text, and approved, true or false. Nothing was done.',
    })
  })
})

test('a no ends it, also before the question was heard; a yes after it does not count', () => {
  const one = ask(conversation())
  confirm(one, false, 'no')
  expect(one.news.slice(-2)).toEqual([
    { type: 'call.started', callId: 'no', function: 'confirm_call', arguments: { code, approved: false } },
    {
      type: 'call.ended',
      callId: 'no',
      function: 'confirm_call',
      outcome: {
        ok: false,
        callId: 'no',
        error: {
          code: 'declined',
          effect: 'none',
          message: 'erase_disk was not wanted. Nothing was done.',
        },
        attempts: [],
        durationMs: 0,
      },
    },
  ])
  confirm(one.says('caller'))
  expect(one.told).toEqual([])
  expect(one.due).toBeUndefined()
})
