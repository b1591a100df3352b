import type { AgentServer } from '../agent-wire.ts'
import type { RegistryParts } from '../router-options.ts'
import type { AccessToken } from '../sign-ins.ts'
import type { ServerRecord } from '../store.ts'

/** An authorization server that is slow holds up one server, not the list; the token is asked for again when it is needed. */
const tokenWithinMs = 2_000

type Parts = Pick<RegistryParts, 'store' | 'signIns' | 'signInPage'>

/** With its secrets. */
export async function agentServerOf(
  { store, signIns, signInPage }: Parts,
  { userId, id, name, url, tools, grant }: ServerRecord,
): Promise<AgentServer> {
  const [headers, token] = await Promise.all([
    store.servers.headers(userId, id, url),
    grant === undefined ? undefined : inTime(signIns.accessToken(userId, id)),
  ])
  const isSignInMissing = grant !== undefined && grant.state !== 'signed_in' && token === undefined
  return {
    ...{ id, name, url, headers, tools },
    ...(token === undefined || token === 'late' ? {} : { authorization: authorizationOf(token) }),
    ...(isSignInMissing ? { signInUrl: signInUrlOf(signInPage(), id) } : {}),
  }
}

async function inTime(token: Promise<AccessToken | undefined>): Promise<AccessToken | undefined | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, tokenWithinMs, 'late')
  })
  return Promise.race([token, late]).finally(() => clearTimeout(timer))
}

export function authorizationOf({ value, version, expiresAt }: AccessToken): AgentServer['authorization'] {
  return { value, version, ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }) }
}

/** Without an id: where all servers are. */
export function signInUrlOf(signInPage: string, id: string | undefined): string {
  return signInPage.replaceAll('{id}', id === undefined ? '' : encodeURIComponent(id))
}
