import { setImmediate as nextTurn } from 'node:timers/promises'
import { voice } from '@livekit/agents'
import { callError } from '../contract/errors.ts'
import type { Phrases } from '../contract/phrases.ts'
import type { CallError, CallOptions, Conversation, JsonObject, Outcome } from '../contract/protocol.ts'
import { answerQuestionName, confirmCall, declineQuestion } from '../machines/fixed-functions.ts'
import { linkVoice, type VoiceLink } from './voice-link.ts'

/**
 * What the model reads. An object, so that no server can imitate an error of ours by answering with a text that looks
 * like one: a server's text only ever stands under `result`.
 */
export type FunctionAnswer =
  | { result: string }
  | { error: Pick<CallError, 'code' | 'effect' | 'message' | 'retryAfterMs' | 'confirmation'> }

/** What the application has to say in the calls of a model. */
export interface CallSide {
  phrases: Phrases
  /** For pages that a server wants the caller to visit. */
  onQuestion: CallOptions['onQuestion']
}

export interface ModelCall {
  name: string
  arguments: JsonObject
  /** Of the framework. */
  context: voice.RunContext
  /** Fires when the framework reads no answer any more. */
  signal: AbortSignal
}

/**
 * A function call of a model, from its arguments to what it reads. What only reads is cancelled when the caller speaks; a mail
 * that is on its way is not. In both cases the framework would drop the answer and leave the call open at the model, so
 * that it is delivered past it. Rejects with a `StopResponse` then, and for nothing else.
 */
export async function callFunction(
  conversation: Conversation,
  { name, arguments: args, context, signal }: ModelCall,
  side: CallSide,
): Promise<FunctionAnswer> {
  const { session, speechHandle, functionCall } = context
  const link = linkVoice(session, conversation, side.phrases)
  const isInterrupted = () => speechHandle.interrupted || signal.aborted
  if (isInterrupted()) {
    void link.deliver(functionCall, JSON.stringify(notCalled(name, side.phrases)), false)
    throw new voice.StopResponse()
  }
  const answer = answerOf(conversation, name, args, speechHandle.id, side)
  await Promise.race([speechHandle.waitIfNotInterrupted([answer]), aborted(signal)])
  if (!isInterrupted()) {
    const inTime = await answer
    if (!link.isRealtime || !isHandedOver(name, inTime)) {
      deliverIfDropped(link, context, JSON.stringify(inTime))
      return inTime
    }
    void link.deliver(functionCall, JSON.stringify(inTime), false)
    throw new voice.StopResponse()
  }
  // Whoever interrupted, and be it a program.
  conversation.interrupt()
  void deliverLate(link, context, answer)
  throw new voice.StopResponse()
}

/** The framework holds an answer until the speech is over, and drops it if the caller interrupts that. */
function deliverIfDropped(
  link: VoiceLink,
  { speechHandle, functionCall }: voice.RunContext,
  output: string,
): void {
  speechHandle.addDoneCallback(() => {
    if (speechHandle.interrupted && !link.isAnswered(functionCall))
      void link.deliver(functionCall, output, true)
  })
}

/** What the interruption itself cancelled is there at once, and is no news to the caller. Whatever ends later is. */
async function deliverLate(
  link: VoiceLink,
  { functionCall }: voice.RunContext,
  answer: Promise<FunctionAnswer>,
): Promise<void> {
  const atOnce = await Promise.race([answer, nextTurn(undefined)])
  const late = await answer
  const isNews = atOnce === undefined || !isCancelled(late)
  await link.deliver(functionCall, JSON.stringify(late), isNews)
}

/** Never rejects: what is thrown reaches the model as a bare text, or as nothing at all. */
async function answerOf(
  conversation: Conversation,
  name: string,
  args: JsonObject,
  response: string,
  { phrases, onQuestion }: CallSide,
): Promise<FunctionAnswer> {
  try {
    const outcome = await conversation.call(name, args, {
      response,
      ...(onQuestion === undefined ? {} : { onQuestion }),
    })
    return toAnswer(outcome, (error) =>
      error.code === 'confirmation_required' && name !== confirmCall.name
        ? phrases.confirm({ function: name, arguments: args })
        : phrases.error({ ...error, function: name }),
    )
  } catch {
    const happened = `Something went wrong inside this program while it called ${name}.`
    const { code, effect, message } = callError('protocol_error', 'unknown', happened)
    return { error: { code, effect, message: phrases.error({ code, effect, message, function: name }) } }
  }
}

/** An outcome as the model reads it; the cause for developers is left out. `say`: default its own message, English. */
export function toAnswer(
  outcome: Outcome,
  say: (error: CallError) => string = ({ message }) => message,
): FunctionAnswer {
  if (outcome.ok) return { result: outcome.text }
  const { code, effect, retryAfterMs, confirmation } = outcome.error
  return {
    error: {
      ...{ code, effect, message: say(outcome.error) },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(confirmation === undefined ? {} : { confirmation }),
    },
  }
}

/** The caller said stop before the call came. */
function notCalled(name: string, phrases: Phrases): FunctionAnswer {
  const { code, effect, message } = callError('cancelled', 'none', `${name} was cancelled.`)
  return { error: { code, effect, message: phrases.error({ code, effect, message, function: name }) } }
}

/** What the caller waits for is something else: their own question, or the result of the call that asked them. */
function isHandedOver(name: string, answer: FunctionAnswer): boolean {
  const isAnswer = name === answerQuestionName || name === declineQuestion.name
  if ('result' in answer) return isAnswer
  const { code, confirmation } = answer.error
  return code === 'confirmation_required' && (isAnswer || confirmation !== undefined)
}

function isCancelled(answer: FunctionAnswer): boolean {
  return 'error' in answer && answer.error.code === 'cancelled'
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
