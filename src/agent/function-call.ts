import type { CallError, Conversation, JsonObject, Outcome } from '../protocol.ts'

/**
 * What the model reads. An object, so that no server can imitate an error of ours by answering with a text that looks
 * like one: a server's text only ever stands under `result`.
 */
export type FunctionAnswer =
  | { result: string }
  | { error: Pick<CallError, 'code' | 'effect' | 'message' | 'retryAfterMs'> }

/** Never rejects: what is thrown reaches the model as a bare text, or as nothing at all. */
export async function callFunction(
  conversation: Conversation,
  name: string,
  args: JsonObject,
  signal: AbortSignal,
): Promise<FunctionAnswer> {
  const unknown = (code: 'cancelled' | 'protocol_error', happened: string) => ({
    error: { code, effect: 'unknown' as const, message: `${happened} I do not know whether it was done.` },
  })
  let onAbort = () => {}
  // When the caller interrupts or hangs up, the framework aborts and reads no answer any more. What only reads is cancelled
  // then; a mail that is on its way is not, and its outcome stays with the conversation.
  const aborted = new Promise<FunctionAnswer>((resolve) => {
    onAbort = () => {
      conversation.interrupt()
      resolve(unknown('cancelled', `The answer of ${name} was not waited for.`))
    }
  })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([aborted, conversation.call(name, args).then(toAnswer)])
  } catch {
    return unknown('protocol_error', `Something went wrong inside this program while it called ${name}.`)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** An outcome as the model reads it; the cause for developers is left out. */
export function toAnswer(outcome: Outcome): FunctionAnswer {
  if (outcome.ok) return { result: outcome.text }
  const { code, effect, message, retryAfterMs } = outcome.error
  return { error: { code, effect, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }
}
