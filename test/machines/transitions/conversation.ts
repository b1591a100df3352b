import { expect, test } from 'vitest'
import { callMachine } from '../../../src/machines/call.ts'
import { ScriptedConversation } from '../scripted-conversation.ts'
import type { Inspect } from './server-test.ts'

export function testConversation(inspect: Inspect): void {
  const conversationOf = () => new ScriptedConversation({}, callMachine, inspect).serve('bank')

  test('a conversation asks for its calls', () => {
    const news: unknown[] = []
    const conversation = conversationOf()
    for (const type of ['question.asked', 'question.refused', 'question.ended'] as const) {
      conversation.actor.on(type, (one) => news.push([one.type, one.callId, one.function]))
    }
    const question = { mode: 'form', message: 'Which seat?', schema: { required: ['seat'] } } as const
    conversation
      .call()
      .tell({ type: 'call.question', server: 'bank', generation: 1, questionId: 'a', question })
    const answer = { type: 'question.answer', callId: '1', questionId: 'a' } as const
    conversation.send({ ...answer, answer: { action: 'accept', content: {} } })
    conversation.send({ ...answer, answer: { action: 'decline' } })

    expect(news).toEqual([
      ['question.asked', '1', 'charge'],
      ['question.refused', '1', 'charge'],
      ['question.ended', '1', 'charge'],
    ])
  })

  test('a conversation puts a question to the caller until it is heard, or its time is over', () => {
    const conversation = new ScriptedConversation({}, callMachine, inspect)
    conversation.serve('bank', {}, { tools: { charge: { confirm: true } } }).call('charge', { response: 'a' })
    conversation.hears()
    expect(conversation.puts).toEqual(['000000'])
    conversation.wait(60_000)
    expect(conversation.due).toBeUndefined()
  })

  test('a conversation hears who speaks, and notices when nobody does', () => {
    const conversation = conversationOf().call('charge', { response: 'a' }).wait(1_200)
    conversation.says('agent').says('caller')
    expect(conversation.news.map(({ type }) => type)).toEqual(['call.started', 'silence.noticed'])
  })
}
