import type { CallError, Effect, ErrorCode } from './protocol.ts'

/** What is said of each effect. The end of every message, so that a caller is always told. */
export const effectSentences: Record<Effect, string> = {
  none: 'Nothing was done.',
  unknown: 'I do not know whether it was done.',
  done: 'It was done, but its answer cannot be used.',
}

export function callError(
  code: ErrorCode,
  effect: Effect,
  whatHappened: string,
  details: Pick<CallError, 'retryAfterMs' | 'cause' | 'confirmation' | 'signInUrl'> = {},
): CallError {
  const error: CallError = { code, effect, message: `${whatHappened} ${effectSentences[effect]}` }
  if (details.retryAfterMs !== undefined) error.retryAfterMs = details.retryAfterMs
  if (details.cause !== undefined) error.cause = details.cause
  if (details.confirmation !== undefined) error.confirmation = details.confirmation
  if (details.signInUrl !== undefined) error.signInUrl = details.signInUrl
  return error
}

/** Of what does nothing, however it ends. */
export function harmless(error: CallError): CallError {
  const { effect, message } = error
  if (effect === 'none') return error
  const happened = message.slice(0, -effectSentences[effect].length).trim()
  return { ...error, effect: 'none', message: `${happened} ${effectSentences.none}` }
}

export type ConfigurationProblem =
  | 'file_missing'
  | 'file_unreadable'
  | 'file_unwritable'
  | 'not_json'
  | 'wrong_form'
  | 'no_usable_server'
  | 'port_in_use'
  | 'wildcard_host'
  | 'development_elsewhere'
  | 'package_missing'
  | 'setting_missing'
  | 'unknown_option'
  | 'unknown_server'

/** A mistake of the developer or operator, in one line: what, where, and what to do. */
export class SwitchboardError extends Error {
  override readonly name = 'SwitchboardError'

  constructor(
    readonly code: ConfigurationProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Whether it is Node's, with one of these codes: `ENOENT` and the like. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Node's code of an error, or of what caused it (undici wraps it in `TypeError: fetch failed`). */
export function systemCodeOf(error: unknown): string | undefined {
  for (const one of [error, error instanceof Error ? error.cause : undefined]) {
    if (one instanceof Error && 'code' in one && typeof one.code === 'string') return one.code
  }
  return undefined
}
