import { describe, expect, test } from 'vitest'
import { callMachine } from '../../src/machines/call.ts'
import { ScriptedConversation } from './scripted-conversation.ts'
import { toolNamed } from './scripted-directory.ts'

const children = ({ actor }: ScriptedConversation) => Object.keys(actor.getSnapshot().children)
const ended = ({ outcomes }: ScriptedConversation) => outcomes.map(({ callId }) => callId)
const hasEnded = ({ actor }: ScriptedConversation) => actor.getSnapshot().status === 'done'

describe('calls side by side', () => {
  const several = (...callIds: string[]) => {
    const conversation = new ScriptedConversation().serve('bank')
    for (const callId of callIds) conversation.call('charge', { callId })
    return conversation
  }

  test('each hears its own answer', () => {
    const conversation = several('1', '2', '3')
      .answer({ content: [] }, '2')
      .refuse('tool_error', 'unknown', '1')
    expect(conversation.outcomes).toMatchObject([
      { ok: true, callId: '2' },
      { ok: false, callId: '1' },
    ])
    expect(conversation.inFlight('bank')).toEqual(['3'])
  })

  test('cancelling one leaves the others', () => {
    const conversation = several('1', '2', '3').cancel('2').cancel('4')
    expect(ended(conversation)).toEqual(['2'])
    expect(conversation.inFlight('bank')).toEqual(['1', '3'])
  })

  test('when the caller speaks, each that only reads is cancelled', () => {
    const reading = toolNamed('look', { annotations: { readOnlyHint: true } })
    const conversation = new ScriptedConversation()
    conversation.serve('bank', { tools: [toolNamed('charge'), reading] })
    conversation.call('look').call('charge', { callId: '2' }).call('look', { callId: '3' })
    conversation.send({ type: 'interrupt' })
    expect(conversation.outcomes.map(({ callId }) => callId)).toEqual(['1', '3'])
  })

  test('no more actors are ever known than calls were open at a time', () => {
    const conversation = several('1', '2', '3')
    const seats = children(conversation)
    expect(seats).toEqual(['call-1', 'call-2', 'call-3'])
    conversation.cancel('2').cancel('1').cancel('3')
    expect(children(conversation)).toEqual([])
    for (const callId of ['4', '5', '6']) conversation.call('charge', { callId })
    conversation.cancel('5').call('charge', { callId: '7' }).call('charge', { callId: '8' }).cancel('8')

    expect(children(conversation).sort()).toEqual(seats)
    expect(conversation.inFlight('bank')).toEqual(['4', '6', '7'])
    for (const callId of ['4', '6', '7']) conversation.cancel(callId)
    expect(ended(conversation)).toEqual(['2', '1', '3', '5', '8', '4', '6', '7'])
  })

  test('what is told of a call that is not open goes no further', () => {
    const conversation = several('1')
    const [outcome] = several('2').cancel('2').outcomes
    if (!outcome) throw new Error('no outcome')
    conversation.send({ type: 'call.sent', callId: '2', server: 'bank', generation: 1 })
    conversation.send({ type: 'call.progress', callId: '2', progress: { progress: 1 } })
    conversation.send({ type: 'call.ended', callId: '2', outcome })
    conversation.send({ type: 'xstate.error.actor.call-2', actorId: 'call-2', error: new Error('a bug') })
    expect(conversation.news.map(({ type }) => type)).toEqual(['call.started'])
    expect(children(conversation)).toHaveLength(1)
    expect(conversation.actor.getSnapshot().status).toBe('active')
  })
})

describe('the end of a conversation', () => {
  test('comes at once where nothing runs', () => {
    const conversation = new ScriptedConversation().send({ type: 'end' })
    expect(hasEnded(conversation)).toBe(true)
  })

  test('cancels what runs and what waits, and comes after their outcomes', () => {
    const conversation = new ScriptedConversation().serve('bank').serve('shop', {
      ...{ state: 'reconnecting', tools: [toolNamed('order')] },
    })
    conversation.call('charge').sent().call('order', { callId: '2' })
    expect(hasEnded(conversation)).toBe(false)
    conversation.send({ type: 'end' })
    expect(conversation.outcomes).toMatchObject([
      { callId: '1', error: { code: 'cancelled', effect: 'unknown' } },
      { callId: '2', error: { code: 'cancelled', effect: 'none' } },
    ])
    expect(conversation.toldLater).toEqual([
      ['bank', { type: 'call.cancel', callId: '1', reason: 'cancelled' }],
    ])
    expect(hasEnded(conversation)).toBe(true)
  })
})

describe('a call whose actor throws', () => {
  const callThat = (...names: ('end' | 'extendAtServer' | 'report')[]) => {
    const bug = () => {
      throw new Error('a bug')
    }
    return callMachine.provide({ actions: Object.fromEntries(names.map((name) => [name, bug])) })
  }
  const told = (effect: 'none' | 'unknown', sentence: string) => ({
    ...{ code: 'connection_lost', effect, cause: 'a bug' },
    message: `charge ended by a fault of this program. ${sentence}`,
  })
  const nothing = told('none', 'Nothing was done.')
  const unknown = told('unknown', 'I do not know whether it was done.')

  test('while no server has it: nothing was done, and no server hears of it', () => {
    const conversation = new ScriptedConversation({}, callThat('end')).serve('bank', {
      state: 'reconnecting',
    })
    conversation.call().wait(400).cancel()
    expect(conversation.outcomes).toStrictEqual([
      { ok: false, callId: '1', error: nothing, attempts: [], durationMs: 400 },
    ])
    expect(conversation.told).toEqual([])
  })

  test('while a server has it: nobody knows, and the server hears that nobody waits', () => {
    const conversation = new ScriptedConversation({}, callThat('extendAtServer')).serve('bank')
    conversation.call('charge', { callId: 'other' }).call().wait(400).progress()
    const attempts = [{ server: 'bank', generation: 1, code: 'connection_lost' }]
    expect(conversation.outcomes).toStrictEqual([
      { ok: false, callId: '1', server: 'bank', error: unknown, attempts, durationMs: 400 },
    ])
    const command = { type: 'call.cancel', callId: '1', reason: 'cancelled' }
    expect(conversation.toldLater).toEqual([['bank', command]])
    expect(conversation.inFlight('bank')).toEqual(['other'])
    expect(children(conversation)).toHaveLength(1)
  })

  test('after an attempt that may have done something: nobody knows', () => {
    const options = { tools: { charge: { readOnly: true } } }
    const conversation = new ScriptedConversation({}, callThat('end')).serve('bank', {}, options)
    conversation.call().refuse('connection_lost', 'unknown').cancel()
    expect(conversation.outcomes).toMatchObject([{ error: unknown, attempts: [{ code: 'connection_lost' }] }])
    expect(conversation.toldLater).toEqual([])
  })

  test('after an attempt that surely did nothing: nothing was done', () => {
    const conversation = new ScriptedConversation({}, callThat('end')).serve('bank').call()
    expect(conversation.refuse().cancel().outcomes).toMatchObject([{ error: nothing }])
  })

  test('gives its seat to the next', () => {
    const conversation = new ScriptedConversation({}, callThat('extendAtServer')).serve('bank').call()
    const seats = children(conversation)
    conversation.progress().call('charge', { callId: '2' })
    expect(children(conversation)).toEqual(seats)
    expect(conversation.answer({ content: [] }, '2').outcomes).toMatchObject([{ ok: false }, { ok: true }])
  })
})
