import { assertEvent, setup } from 'xstate'
import type { Outcome } from '../contract/protocol.ts'
import { callMachine } from './call.ts'
import {
  type ConversationContext,
  type ConversationEvent,
  type ConversationInput,
  type ConversationNews,
  modelCalls,
} from './conversation-context.ts'

export const conversationSetup = setup({
  types: {
    context: {} as ConversationContext,
    input: {} as ConversationInput,
    events: {} as ConversationEvent,
    emitted: {} as ConversationNews,
  },
  actors: { call: callMachine },
  delays: {
    untilFiller: ({ context: { fillers, input } }) =>
      fillers === 0 ? input.policy.fillerAfterMs : input.policy.fillerAgainAfterMs,
    untilExpired: ({ context }) => context.input.policy.confirmWithinMs,
  },
  guards: {
    isQuiet: ({ context }) => context.calls.size === 0,
    /** Whose silence its caller hears. */
    isOfModel: ({ context, event }) =>
      (event.type === 'function.call' ? event : context.calls.get('callId' in event ? event.callId : ''))
        ?.response !== undefined,
    isCaller: ({ event }) => {
      assertEvent(event, 'speech.changed')
      return event.who === 'caller'
    },
    isBeginning: ({ context, event }) => {
      assertEvent(event, 'speech.changed')
      return event.isSpeaking && !context.callerSpeaks
    },
  },
  actions: {
    interruptCalls: ({ context }) => {
      for (const { call } of context.calls.values()) call.send({ type: 'interrupt' })
    },
    cancelCalls: ({ context }) => {
      for (const { call } of context.calls.values()) call.send({ type: 'cancel' })
    },
    cancelModelCalls: ({ context }) => {
      for (const { call } of modelCalls(context)) call.send({ type: 'cancel' })
    },
  },
})

/** A function that the conversation answers itself, or a call whose outcome is there. */
export const endHere = (functionName: string, outcome: Outcome) =>
  conversationSetup.emit({
    type: 'call.ended',
    callId: outcome.callId,
    function: functionName,
    outcome,
  })
