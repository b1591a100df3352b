import { expect, test } from 'vitest'
import {
  answerQuestion,
  answerQuestionName,
  cancelCalls,
  confirmCall,
  declineQuestion,
} from '../../src/machines/fixed-functions.ts'

const here = { servers: [], callable: true }
const nothing = { type: 'object', properties: {}, additionalProperties: false }

test('confirm_call takes the code and the caller’s word, and nothing else', () => {
  expect(confirmCall).toEqual({
    name: 'confirm_call',
    description:
      'Runs or drops a call that ended with confirmation_required. Only after the caller was asked aloud and has answered.',
    inputSchema: {
      type: 'object',
      properties: {
        code: { type: 'string', description: 'error.confirmation.code of that call' },
        approved: { type: 'boolean', description: 'true only if the caller clearly said yes' },
      },
      required: ['code', 'approved'],
      additionalProperties: false,
    },
    ...here,
  })
})

test('cancel_calls takes nothing', () => {
  expect(cancelCalls).toEqual({
    name: 'cancel_calls',
    description:
      'Cancels the calls that are running now, when the caller says stop or never mind, and tells what could be cancelled.',
    inputSchema: nothing,
    ...here,
  })
})

test('answer_question takes what the server asks for, and says who asks what', () => {
  const schema = { type: 'object', properties: { seat: { type: 'string' } } }
  expect(answerQuestion({ server: 'airline', message: 'Which seat?', schema })).toEqual({
    name: 'answer_question',
    description: "Hands over the caller's answer to a question of airline: Which seat?",
    inputSchema: schema,
    ...here,
  })
  expect(answerQuestionName).toBe('answer_question')
})

test('decline_question takes nothing', () => {
  expect(declineQuestion).toEqual({
    name: 'decline_question',
    description: 'Tells the server that asks that the caller does not want to answer.',
    inputSchema: nothing,
    ...here,
  })
})
