import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { SealedTarget } from '../../config/sealed-target.ts'
import type { Credentials } from '../../contract/user-servers.ts'
import { currentExchange } from './exchange.ts'

const maxChallengeCharacters = 4_000

/**
 * A `fetch` whose requests carry what `credentials` has at that moment. A server that refuses it has done nothing, so the request
 * goes out once more when there is another.
 */
export function createCredentialedFetch(
  reach: FetchLike,
  credentials: Credentials,
  target: SealedTarget,
): FetchLike {
  const given = (init: RequestInit | undefined, authorization: string | undefined): RequestInit => {
    if (authorization === undefined) return init ?? {}
    target.hide(authorization)
    const headers = new Headers(init?.headers)
    headers.set('authorization', authorization)
    return { ...init, headers }
  }
  return async (url, init) => {
    const { authorization: refused } = credentials
    const response = await reach(url, given(init, refused))
    const { status } = response
    if (status !== 401 && status !== 403) return response
    const challenge = response.headers.get('www-authenticate')?.slice(0, maxChallengeCharacters)
    // Without a challenge nobody can say what else would be wanted.
    if (status === 403 && challenge === undefined) return response
    const exchange = currentExchange()
    const answer = await credentials.refuse({ refused, status, challenge })
    if (exchange) {
      exchange.signInUrl = answer.signInUrl
      exchange.refusal = answer.reason
    }
    // Of a call that was given up for silence the signal stays as it is, for a late answer.
    if (!answer.isRenewed || init?.signal?.aborted || exchange?.ended) return response
    // Not awaited: who refuses need not end what it says.
    response.body?.cancel().catch(() => {})
    return reach(url, given(init, credentials.authorization))
  }
}
