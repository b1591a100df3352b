import type { CallEnd } from '../../contract/connection.ts'
import { callError } from '../../contract/errors.ts'
import { cap, oneLine } from '../../text/text.ts'
import { unsupportedVersion } from './rpc-error.ts'

/** Of a refusal, in a reason. */
const maxSaidCharacters = 200

/** What is known of a request that failed, in no SDK's words. */
export interface Failure {
  server: string
  sent: boolean
  /** What the server or the operating system said. */
  cause: string
  /** HTTP status of the answer, if there was one that is not 2xx. */
  status?: number | undefined
  /** A session id went along. */
  hadSession?: boolean | undefined
  retryAfterMs?: number | undefined
  /** Code of a JSON-RPC error that the server answered. */
  rpcCode?: number | undefined
  /** `ECONNREFUSED` and the like. */
  systemCode?: string | undefined
  /** Where the user signs in, where somebody else keeps the credentials. */
  signInUrl?: string | undefined
  /** What would help against `status` 401 or 403, where nobody can put other credentials into a configuration. */
  refusal?: string | undefined
  /** The server said that it does not take requests of this form: it has not looked at what was asked. */
  unread?: boolean | undefined
  /** A 2xx answer that cannot be read. */
  unreadable?: boolean | undefined
}

/** The request surely never left this machine: no connection was made. Codes that a read or write can give as well are not here. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_CERT_\w+|ERR_SSL_WRONG_VERSION_NUMBER|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/

/** Of an address that no request may go to (`src/egress`). */
const egressRefused = 'EGRESS_REFUSED'

/** Statuses that a server gives before it reads the request's meaning. */
const refusedUnread = new Set([405, 406, 413, 415])

/** JSON-RPC: parse error, invalid request, method not found. -32602 is not here: a handler that ran can answer it. */
const notExecuted = new Set([-32700, -32600, -32601])

export function isNeverConnected(systemCode: string | undefined): boolean {
  return systemCode !== undefined && (systemCode === egressRefused || neverConnected.test(systemCode))
}

/** A session that the server no longer knows: 404, or 400 with -32000 that names it, when one was sent. */
export function isSessionLost({ status, hadSession, cause }: Failure): boolean {
  if (!hadSession) return false
  return status === 404 || (status === 400 && cause.includes('-32000') && /session/i.test(cause))
}

/** What decides the effect: whether the request went out, else what surely says that it was not looked at. */
export function endOf(failure: Failure): CallEnd {
  const { server, sent, cause, status, rpcCode, systemCode, signInUrl } = failure
  const details = {
    cause,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    ...(signInUrl === undefined ? {} : { signInUrl }),
  }
  const failed = (...[code, effect, happened]: Parameters<typeof callError>): CallEnd => ({
    ok: false,
    error: callError(code, effect, happened, details),
    retryable: effect === 'none' && (code === 'server_unavailable' || code === 'overloaded'),
  })
  if (!sent || isNeverConnected(systemCode)) {
    return failed('server_unavailable', 'none', `${server} cannot be reached.`)
  }
  if (isSessionLost(failure)) {
    return failed('server_unavailable', 'none', `${server} has lost our session.`)
  }
  if (failure.unread) return failed('server_unavailable', 'none', `${server} refused the request unread.`)
  if (status === 401 || status === 403) {
    const happened =
      signInUrl === undefined ? `${server} refused our credentials.` : `${server} needs a sign-in first.`
    return failed('unauthorized', 'none', happened)
  }
  if (status === 429) return failed('overloaded', 'none', `${server} takes no more calls now.`)
  if (status !== undefined) {
    const untouched = (status >= 300 && status < 400) || refusedUnread.has(status)
    return failed(
      'protocol_error',
      untouched ? 'none' : 'unknown',
      `${server} answered with HTTP status ${status}.`,
    )
  }
  if (rpcCode !== undefined) {
    const effect = notExecuted.has(rpcCode) ? 'none' : 'unknown'
    return failed('protocol_error', effect, `${server} answered with error ${rpcCode}.`)
  }
  if (failure.unreadable)
    return failed('protocol_error', 'unknown', `The answer of ${server} cannot be read.`)
  return failed('connection_lost', 'unknown', `The connection to ${server} was lost during the call.`)
}

/** What a failure says of the connection: gone, gone for good, without access, or worth a check. */
export interface Problem {
  verdict: 'lost' | 'permanent' | 'unauthorized' | 'suspect' | undefined
  reason: string
  retryAfterMs?: number | undefined
  signInUrl?: string | undefined
}

const cannotStart = /^(ENOENT|EACCES|ENOTDIR|EPERM|ENOEXEC)$/

export function problemOf(failure: Failure): Problem {
  const { systemCode, status, rpcCode, cause, retryAfterMs } = failure
  const problem = (verdict: Problem['verdict'], reason = cause): Problem => ({
    verdict,
    reason,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
  if (status === 401)
    return { ...problem('unauthorized', otherCredentials(failure)), signInUrl: failure.signInUrl }
  if (isNeverConnected(systemCode)) return problem('lost', `it cannot be reached (${systemCode})`)
  if (isSessionLost(failure)) return problem('lost', 'it has lost our session')
  if (failure.unread) return problem('lost', `it wants to be spoken to in another way (${cause})`)
  if (status !== undefined || rpcCode !== undefined || failure.unreadable) return problem(undefined)
  return problem('suspect')
}

/** While a connection is being made, everything but a final reason is worth another attempt. */
export function connectProblemOf(failure: Failure): Problem {
  const { status, systemCode, rpcCode, cause } = failure
  if (status === 401 || status === 403) {
    return { verdict: 'unauthorized', reason: otherCredentials(failure), signInUrl: failure.signInUrl }
  }
  if (systemCode === egressRefused) return { verdict: 'permanent', reason: cause }
  if (systemCode !== undefined && cannotStart.test(systemCode)) {
    const reason = `it cannot be started (${cause}); check its command, cwd and PATH`
    return { verdict: 'permanent', reason }
  }
  if (
    failure.unread ||
    rpcCode === unsupportedVersion ||
    cause.includes('protocol version is not supported')
  ) {
    return { verdict: 'permanent', reason: cause }
  }
  const problem = problemOf(failure)
  const isRefused = status !== undefined && problem.reason === cause
  const reason = isRefused ? `it answers HTTP status ${status}${saidIn(cause)}` : problem.reason
  return { ...problem, verdict: 'lost', reason }
}

/** The server's words without those of an SDK; a page of HTML says nothing in a line. */
function saidIn(cause: string): string {
  const said = oneLine(cause.replace(/^.*?(Error POSTing to endpoint|Non-200 status code)[^:]*:?/s, ''))
  return said === '' || said.startsWith('<') ? '' : `: ${cap(said, maxSaidCharacters)}`
}

function otherCredentials({ server, status, refusal }: Failure): string {
  if (refusal !== undefined) return `it answers HTTP status ${status}: ${refusal}`
  return `it answers HTTP status ${status}; put other credentials into "headers" of ${server}`
}
