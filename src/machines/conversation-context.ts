import type { ActorRefFrom } from 'xstate'
import { callError } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type {
  CallError,
  DueQuestion,
  Effect,
  JsonObject,
  Outcome,
  QuestionAnswer,
  SilenceSituation,
} from '../contract/protocol.ts'
import type { callMachine } from './call.ts'
import { type CallContext, isSame } from './call-context.ts'
import type { CallerQuestions } from './caller-questions.ts'
import type { Directory } from './directory.ts'
import { answerQuestionName, declineQuestion } from './fixed-functions.ts'
import type { Links } from './links.ts'
import type { CallReport } from './messages.ts'
import type { ModelTurn } from './model-turn.ts'
import { readResource } from './resource-reading.ts'

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
  /** Who was last given it. That its actor knows it, too, is seen only when what it tells here has been heard. */
  sentTo: { server: string; generation: number } | undefined
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
  questions: CallerQuestions
  /** Codes of confirmations that were used, and the ids of their calls. */
  confirmed: ReadonlyMap<string, string>
  /** A model's call that answers a question, until the answer is judged. */
  answering: { callId: string; name: string; questionId: string } | undefined
  /** Resources that may be read, each with the server whose result last linked to it. */
  links: Links
  callerSpeaks: boolean
  agentSpeaks: boolean
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
  /** The whole question was played to the caller. */
  | { type: 'question.heard'; questionId: string }
  | { type: 'question.expired'; questionId: string }
  | { type: 'silence.due' }
  | { type: 'end' }
  | CallReport
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }

/** What a call actor tells of a question. */
type QuestionReport = Extract<CallReport, { type: `question.${string}` }>

export type ConversationNews =
  | { type: 'call.started'; callId: string; function: string; arguments: JsonObject; sharedWith?: string }
  | { type: 'call.sent'; callId: string; function: string; server: string; generation: number }
  | Extract<CallReport, { type: 'call.progress' }>
  | (QuestionReport & { function: string; ofModel: boolean })
  | { type: 'call.ended'; callId: string; function: string; outcome: Outcome }
  | ({ type: 'question.due'; questionId: string } & DueQuestion)
  | { type: 'question.over'; questionId: string }
  | ({ type: 'silence.noticed' } & SilenceSituation)

/** The open call that this one asked for, or shares. */
export function openCallOf(
  calls: ConversationContext['calls'],
  asker: string,
): [string, OpenCall] | undefined {
  const own = calls.get(asker)
  if (own?.askers.includes(asker)) return [asker, own]
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

/**
 * What `cancel_calls` answers. Cancelling is one step, so that what is said of each call is how it ends; and whoever says never
 * mind does not mean yes.
 */
export function cancelledInWords(context: ConversationContext): string {
  const calls = modelCalls(context).map((open) => cancelled(open).message)
  const unconfirmed = context.questions.flatMap((one) =>
    one.about === 'confirmation' ? declined(one.call.functionName).message : [],
  )
  return [...calls, ...unconfirmed].join(' ') || 'No call is running now.'
}

export function declined(functionName: string): CallError {
  return callError('declined', 'none', `${functionName} was not wanted.`)
}

export function cancelled(open: OpenCall): CallError {
  const { functionName } = open
  const at = contextOf(open)
  const isSent = at?.member !== undefined && open.sentTo !== undefined && isSame(at, open.sentTo)
  const mayHaveRun = isSent || at?.doubt !== undefined
  const effect: Effect = mayHaveRun && functionName !== readResource.name ? 'unknown' : 'none'
  return callError('cancelled', effect, `${functionName} was cancelled.`)
}

export function answerOf({ name, arguments: content }: FunctionCall): QuestionAnswer | undefined {
  if (name === answerQuestionName) return { action: 'accept', content }
  return name === declineQuestion.name ? { action: 'decline' } : undefined
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
