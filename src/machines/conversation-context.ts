import type { ActorRefFrom } from 'xstate'
import { callError } from '../errors.ts'
import type { Policy } from '../policy.ts'
import type { CallError, Effect, JsonObject, Outcome, QuestionAnswer, SilenceSituation } from '../protocol.ts'
import type { callMachine } from './call.ts'
import type { CallContext } from './call-context.ts'
import { type Confirmations, openConfirmation } from './confirmations.ts'
import type { Directory } from './directory.ts'
import { answerQuestionName, declineQuestion } from './fixed-functions.ts'
import type { CallReport } from './messages.ts'
import type { ModelTurn } from './model-turn.ts'

export interface ConversationInput {
  directory: Directory
  policy: Policy
  now: () => number
  random: () => number
}

export interface OpenCall {
  /** The id of its actor. */
  seat: string
  functionName: string
  arguments: JsonObject
  timeoutMs: number | undefined
  call: ActorRefFrom<typeof callMachine>
  /** Of a model's call. */
  key: string | undefined
  response: string | undefined
  /** Who gets the outcome: the call itself, and equal ones that came while it ran. */
  askers: readonly string[]
  isSent: boolean
  progress: string | undefined
  /** That its server asks now. */
  questionId: string | undefined
}

export interface ConversationContext {
  input: ConversationInput
  calls: ReadonlyMap<string, OpenCall>
  /**
   * Ids of call actors, used again and again: XState keeps what it looked up for each type of event for ever, and the id of
   * a child is part of its `xstate.done.actor.*`.
   */
  freeSeats: readonly string[]
  turn: ModelTurn
  confirmations: Confirmations
  /** Calls that ask a model, the oldest question first. */
  asked: readonly string[]
  /** A model's call that answers a question, until the answer is judged. */
  answering: { callId: string; name: string; questionId: string } | undefined
  callerSpeaks: boolean
  agentSpeaks: boolean
  /** Whether the caller spoke into what the agent says now. */
  agentWasInterrupted: boolean
  /** Whether a model's call runs and nobody speaks. */
  isSilent: boolean
  /** How often that was told since the first of the calls began. */
  fillers: number
}

export interface FunctionCall {
  callId: string
  name: string
  arguments: JsonObject
  timeoutMs?: number | undefined
  response?: string | undefined
  confirmed?: boolean | undefined
}

export type ConversationEvent =
  | ({ type: 'function.call' } & FunctionCall)
  | { type: 'function.cancel'; callId: string }
  | { type: 'question.answer'; callId: string; questionId: string; answer: QuestionAnswer }
  | { type: 'interrupt' }
  | { type: 'speech.changed'; who: 'caller' | 'agent'; isSpeaking: boolean }
  | { type: 'silence.due' }
  | { type: 'end' }
  | CallReport
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }

/** What a call actor tells of a question. */
type QuestionReport = Extract<CallReport, { type: `question.${string}` }>

export type ConversationNews =
  | { type: 'call.started'; callId: string; function: string; arguments: JsonObject }
  | { type: 'call.sent'; callId: string; function: string; server: string; generation: number }
  | Extract<CallReport, { type: 'call.progress' }>
  | (QuestionReport & { function: string; ofModel: boolean })
  | { type: 'call.ended'; callId: string; function: string; outcome: Outcome }
  | ({ type: 'silence.noticed' } & SilenceSituation)

/** The open call that this one asked for, or shares. */
export function openCallOf(
  calls: ConversationContext['calls'],
  asker: string,
): [string, OpenCall] | undefined {
  return [...calls].find(([, { askers }]) => askers.includes(asker))
}

/** Those that a caller waits for in silence. */
export function modelCalls({ calls }: ConversationContext): OpenCall[] {
  return [...calls.values()].filter(({ response }) => response !== undefined)
}

/** Those that are worked on; one that asks waits for the caller. */
export function workingCalls(context: ConversationContext): OpenCall[] {
  return modelCalls(context).filter(({ questionId }) => questionId === undefined)
}

export function situation(context: ConversationContext): SilenceSituation {
  const calls = workingCalls(context)
  const progress = calls.findLast((call) => call.progress !== undefined)?.progress
  return {
    functions: calls.map(({ functionName }) => functionName),
    ...(progress === undefined ? {} : { progress }),
    saidBefore: context.fillers,
  }
}

/** What `cancel_calls` answers. Cancelling is one step, so that what is said of each call is how it ends. */
export function cancelledInWords(calls: Iterable<OpenCall>): string {
  const words = [...calls].map(({ functionName, isSent }) => cancelled(functionName, isSent).message)
  return words.length === 0 ? 'No call is running now.' : words.join(' ')
}

export function cancelled(functionName: string, isSent: boolean): CallError {
  const effect: Effect = isSent ? 'unknown' : 'none'
  return callError('cancelled', effect, `${functionName} was cancelled.`)
}

export function answerOf({ name, arguments: content }: FunctionCall): QuestionAnswer | undefined {
  if (name === answerQuestionName) return { action: 'accept', content }
  return name === declineQuestion.name ? { action: 'decline' } : undefined
}

/** What a yes or no leads to: the call that it is about, or how it ends without one. */
export function judgeConfirmation(
  context: ConversationContext,
  { arguments: { code, approved } }: FunctionCall,
): { run: Omit<FunctionCall, 'callId'>; code: string } | { error: CallError; code?: string } {
  if (typeof code !== 'string' || typeof approved !== 'boolean') {
    const happened = 'confirm_call needs the code, a text, and approved, true or false.'
    return { error: callError('invalid_arguments', 'none', happened) }
  }
  const confirmation = openConfirmation(context.confirmations, code, context.input.now())
  if (!confirmation) {
    const happened = 'This confirmation is used up or too old; the call has to be made again.'
    return { error: callError('confirmation_required', 'none', happened) }
  }
  const { functionName, timeoutMs, stage } = confirmation
  if (!approved) return { error: callError('declined', 'none', `${functionName} was not wanted.`), code }
  if (stage !== 'answered') {
    const happened = 'The caller has not heard the whole question and answered it yet.'
    return { error: callError('confirmation_required', 'none', happened, { confirmation: { code } }) }
  }
  return { run: { name: functionName, arguments: confirmation.arguments, timeoutMs, confirmed: true }, code }
}

export function answeredHere(callId: string, text: string): Outcome {
  const content = [{ type: 'text', text }]
  return { ok: true, callId, server: 'switchboard', content, text, attempts: [], durationMs: 0 }
}

export function failedHere(callId: string, error: CallError): Outcome {
  return { ok: false, callId, error, attempts: [], durationMs: 0 }
}

/** Nothing where it threw in its first step: XState keeps no whole context then. */
export function contextOf({ call }: OpenCall): CallContext | undefined {
  const { context } = call.getSnapshot()
  const known: Partial<CallContext> = context
  return known.attempts === undefined ? undefined : context
}
