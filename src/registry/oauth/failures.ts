import { refusalIn } from '../../egress/refused.ts'
import { SignInError } from '../sign-ins.ts'

/** The other side breaks a rule. `what`: a sentence that names the place and the rule. */
export function refused(what: string, options?: ErrorOptions): SignInError {
  return new SignInError(
    'refused',
    `${what} Nobody was signed in; whoever runs that server can repair it.`,
    options,
  )
}

export function unreachable(place: string, why: string): SignInError {
  return new SignInError('unreachable', `${place} ${why}. Try again later.`)
}

/**
 * What a failed request means. `place`: what was asked, as "the token endpoint of https://…". Of the error itself no word is
 * repeated but the guard's own: errors of OAuth libraries carry whole answers, and tokens in them.
 */
export function failureOf(error: unknown, place: string): SignInError {
  if (error instanceof SignInError) return error
  const refusal = refusalIn(error)
  if (refusal) return refused(`Of ${place}: ${refusal.message}.`, { cause: refusal })
  if (!(error instanceof Error)) return refused(`${startOf(place)} gives an answer that cannot be read.`)
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return unreachable(startOf(place), 'did not answer in time')
  // All that undici says of a connection that could not be made or broke.
  if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message)) {
    if (isUnknownHost(error.cause)) return noSuchHost(place)
    return unreachable(startOf(place), 'cannot be reached')
  }
  return refused(`${startOf(place)} gives an answer that cannot be read.`)
}

function noSuchHost(place: string): SignInError {
  return new SignInError(
    'unreachable',
    `${startOf(place)} cannot be reached: there is no host of that name. Check the address.`,
  )
}

/** `EAI_AGAIN` is another thing: no name server has answered. */
function isUnknownHost(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOTFOUND'
}

/** For answers that no rule of OAuth explains; undefined for those that are to be read. */
export function oddStatus(status: number, place: string): SignInError | undefined {
  if (status >= 300 && status < 400)
    return refused(`${startOf(place)} answers with a redirect, and redirects are not followed.`)
  if (status >= 500 || status === 429)
    return unreachable(startOf(place), `answers with HTTP status ${status}`)
  return undefined
}

export function startOf(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
