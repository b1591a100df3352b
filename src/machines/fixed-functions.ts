import type { FunctionInfo, JsonObject } from '../contract/protocol.ts'
import { toolStatus } from './tool-status.ts'

/** Offered beside those of the servers, and answered by the conversation itself. */
const fixed = { servers: [], callable: true }

export interface QuestionToModel {
  server: string
  message: string
  /** Of the answer. */
  schema: JsonObject
}

/** Offered while a function is that needs the caller's yes. */
export const confirmCall: FunctionInfo = {
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
  ...fixed,
}

/** Offered while any function of a server is. */
export const cancelCalls: FunctionInfo = {
  name: 'cancel_calls',
  description:
    'Cancels the calls that are running now, when the caller says stop or never mind, and tells what could be cancelled.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  ...fixed,
}

/** Offered while a server asks something for a model's call: its parameters are what is asked for. */
export function answerQuestion({ server, message, schema }: QuestionToModel): FunctionInfo {
  return {
    name: answerQuestionName,
    description: `Hands over the caller's answer to a question of ${server}: ${message}`,
    inputSchema: schema,
    ...fixed,
  }
}

export const answerQuestionName = 'answer_question'

export const declineQuestion: FunctionInfo = {
  name: 'decline_question',
  description: 'Tells the server that asks that the caller does not want to answer.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  ...fixed,
}

/** Those that do nothing at a server but what the caller wants: a model that goes round in circles may call them. */
export function isHarmless(name: string): boolean {
  return name === toolStatus.name || name === cancelCalls.name || name === declineQuestion.name
}
