import type { RegistryParts } from '../router-options.ts'
import type { AccessToken } from '../sign-ins.ts'
import type { ServerRecord } from '../store.ts'
import type { AgentServer } from '../wire.ts'

type Parts = Pick<RegistryParts, 'store' | 'signIns' | 'signInPage'>

/** With its secrets. */
export async function agentServerOf(
  { store, signIns, signInPage }: Parts,
  { userId, id, name, url, tools, grant }: ServerRecord,
): Promise<AgentServer> {
  const [headers, token] = await Promise.all([
    store.servers.headers(userId, id),
    grant === undefined ? undefined : signIns.accessToken(userId, id),
  ])
  return {
    ...{ id, name, url, headers, tools },
    ...(token === undefined ? {} : { authorization: authorizationOf(token) }),
    ...(grant !== undefined && token === undefined ? { signInUrl: signInUrlOf(signInPage(), id) } : {}),
  }
}

export function authorizationOf({ value, version, expiresAt }: AccessToken): AgentServer['authorization'] {
  return { value, version, ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }) }
}

/** Without an id: where all servers are. */
export function signInUrlOf(signInPage: string, id: string | undefined): string {
  return signInPage.replaceAll('{id}', id === undefined ? '' : encodeURIComponent(id))
}
