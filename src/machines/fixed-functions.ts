import type { FunctionInfo } from '../protocol.ts'

/** Offered beside those of the servers, and answered by the conversation itself. */
const fixed = { servers: [], callable: true }

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
