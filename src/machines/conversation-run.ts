import type { Outcome } from '../contract/protocol.ts'
import { contextOf, type FunctionCall, type OpenCall } from './conversation-context.ts'
import { conversationSetup, endHere } from './conversation-setup.ts'
import { linkedBy, withLinks } from './links.ts'
import { callKey, withOutcome } from './model-turn.ts'
import { without } from './without.ts'

/** Makes a call, in an actor of its own. */
export const run = ({ callId, name, timeoutMs, response, confirmed, arguments: args }: FunctionCall) =>
  conversationSetup.assign(({ context, self, spawn }) => {
    const { directory, policy, now } = context.input
    const seat = context.freeSeats.at(-1) ?? `call-${context.calls.size + 1}`
    const call = spawn('call', {
      id: seat,
      input: {
        callId,
        functionName: name,
        linkedBy: linkedBy(context.links, name, args),
        arguments: args,
        timeoutMs,
        confirmed,
        directory,
        policy,
        now,
        conversation: self,
      },
    })
    const open: OpenCall = {
      seat,
      functionName: name,
      arguments: args,
      timeoutMs,
      call,
      response,
      key: response === undefined ? undefined : callKey(name, args),
      askers: [callId],
      sentTo: undefined,
      progress: undefined,
      questionId: undefined,
    }
    return { calls: new Map(context.calls).set(callId, open), freeSeats: context.freeSeats.slice(0, -1) }
  })

/** Each that asked gets the outcome as its own. */
export const endOf = (callId: string, open: OpenCall, outcome: Outcome) =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { calls, freeSeats, turn, links } = context
    enqueue.assign({
      calls: without(calls, callId),
      freeSeats: [...freeSeats, open.seat],
      turn: withOutcome(turn, open.key, outcome),
      links: withLinks(links, contextOf(open)?.member?.entry, outcome),
    })
    for (const asker of open.askers) enqueue(endHere(open.functionName, { ...outcome, callId: asker }))
  })

/** Gets the outcome of a call that runs already. */
export const join = (callId: string, first: string, open: OpenCall) =>
  conversationSetup.assign(({ context }) => ({
    calls: new Map(context.calls).set(first, { ...open, askers: [...open.askers, callId] }),
  }))
