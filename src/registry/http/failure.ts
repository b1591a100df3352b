import { messageOf } from '../../contract/errors.ts'
import { DatabaseUnreachable } from '../database/failures.ts'
import { IdentityUnavailable } from '../router-options.ts'
import { SignInError } from '../sign-ins.ts'
import { StoreError } from '../store.ts'
import { changedMeanwhile } from './if-match.ts'
import { HttpProblem, notThere } from './problem.ts'

const nothingChanged = true
const retryAfter = { 'Retry-After': '5' }

/** What is answered for an error, whatever it is. */
export function problemOf(error: unknown, method: string): HttpProblem {
  return whateverTheMethod(error, method).toldTo(method)
}

function whateverTheMethod(error: unknown, method: string): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof StoreError) return storeProblem(error)
  if (error instanceof SignInError) return signInProblem(error)
  if (error instanceof IdentityUnavailable) {
    return new HttpProblem(503, `${error.message} Ask again in a while.`, {
      nothingChanged: true,
      code: 'identity_unavailable',
      headers: retryAfter,
    })
  }
  if (isUnreadableAddress(error)) return new HttpProblem(400, 'This address cannot be read.')
  if (error instanceof DatabaseUnreachable) return unreachable(method)
  process.emitWarning(`a request of the registry failed: ${messageOf(error)}`, 'SwitchboardWarning')
  return new HttpProblem(500, 'This request failed; the log of the service says why.')
}

function storeProblem({ code, message: words }: StoreError): HttpProblem {
  const message = `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
  switch (code) {
    case 'not_found':
      return new HttpProblem(404, message, { code, nothingChanged })
    case 'changed_meanwhile':
      return changedMeanwhile()
    case 'wrong_cursor':
      return new HttpProblem(400, message, {
        code,
        errors: [{ pointer: '/cursor', detail: words }],
        nothingChanged,
      })
    case 'name_taken':
    case 'too_many':
    case 'wrong_order':
      return new HttpProblem(409, message, { code, nothingChanged })
  }
}

function signInProblem({ code, message }: SignInError): HttpProblem {
  switch (code) {
    case 'not_found':
      return notThere('server')
    case 'not_needed':
    case 'unknown_flow':
    case 'denied':
      return new HttpProblem(409, message, { code: `sign_in_${code}` })
    case 'refused':
    case 'unreachable':
      return new HttpProblem(502, message, { code: `sign_in_${code}` })
  }
}

/** Express could not decode a path. */
function isUnreadableAddress(error: unknown): boolean {
  return error instanceof URIError
}

/** Each change is one transaction. Whether it was made is not known only where the connection is lost just as it is. */
function unreachable(method: string): HttpProblem {
  const detail =
    method === 'GET' || method === 'HEAD'
      ? 'The database cannot be reached; ask again in a while.'
      : 'The database cannot be reached. Nothing was changed, unless the connection was lost in the moment of changing; look before you ask again. Nothing is ever half changed.'
  return new HttpProblem(503, detail, { code: 'database_unreachable', headers: retryAfter })
}
