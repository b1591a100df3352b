import { llm } from '@livekit/agents'
import { RealtimeSession } from './realtime-session.ts'

/** A function call as the framework hands it to a tool: `ctx.functionCall`. */
export type AnsweredCall = Pick<llm.FunctionCall, 'callId' | 'name' | 'args'>

/** Calls whose answer is on its way. */
const beingAnswered = new WeakMap<llm.RealtimeSession, Set<string>>()

/**
 * Tells the model what a function answered, by itself: after an interruption, or long after the call. No reply is asked for.
 *
 * The call is told again where the model does not know it (a new connection has forgotten all calls), and a call that has an
 * answer already gets another one under an id of its own. With a session of `createRealtimeModel` it never rejects: what cannot be
 * sent now is sent with the next connection. With another it rejects if the model does not take it within 5 s.
 */
export async function deliverOutput(
  session: llm.RealtimeSession,
  call: AnsweredCall,
  output: string,
): Promise<void> {
  const chatCtx = session.chatCtx.copy()
  const onTheWay = beingAnswered.get(session) ?? new Set<string>()
  beingAnswered.set(session, onTheWay)
  const callId = unansweredId(chatCtx.items, onTheWay, call.callId)
  const { name, args } = call
  const isKnown = chatCtx.items.some((item) => item.type === 'function_call' && item.callId === callId)
  if (!isKnown) chatCtx.items.push(llm.FunctionCall.create({ callId, name, args: args === '' ? '{}' : args }))
  chatCtx.items.push(llm.FunctionCallOutput.create({ callId, name, output, isError: false }))
  onTheWay.add(callId)
  try {
    await session.updateChatCtx(chatCtx)
  } catch (error) {
    if (!(session instanceof RealtimeSession)) throw error
  } finally {
    onTheWay.delete(callId)
  }
}

/** The call's own id, or one behind it: an id takes one answer. */
function unansweredId(items: readonly llm.ChatItem[], onTheWay: ReadonlySet<string>, callId: string): string {
  const answered = new Set(onTheWay)
  for (const item of items) if (item.type === 'function_call_output') answered.add(item.callId)
  let id = callId
  for (let count = 1; answered.has(id); count++) id = `${callId}_late_${count}`
  return id
}
