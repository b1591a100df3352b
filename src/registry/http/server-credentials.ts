import { messageOf } from '../../contract/errors.ts'
import type { Credentials } from '../../contract/user-servers.ts'
import type { RegistryParts } from '../router-options.ts'
import type { AccessToken, SignIns } from '../sign-ins.ts'
import type { RegistryStore } from '../store.ts'
import { signInUrlOf } from './agent-server.ts'

type Parts = Pick<RegistryParts, 'signIns' | 'signInPage'> & { store: Pick<RegistryStore, 'servers'> }

interface Holder {
  userId: string
  id: string
  url: string
}

/** Another token, or where to sign in where that would help. @throws SignInError */
export async function answerRefusal(
  { store, signIns, signInPage }: Parts,
  refusal: Parameters<SignIns['refused']>[0],
): Promise<{ token: AccessToken | undefined; signInUrl: string | undefined; reason: string }> {
  const { userId, serverId } = refusal
  const { token, reason } = await signIns.refused(refusal)
  if (token !== undefined) return { token, reason, signInUrl: undefined }
  const state = (await store.servers.get(userId, serverId))?.grant?.state
  const isHelp = state !== undefined && state !== 'signed_in'
  return { token, reason, signInUrl: isHelp ? signInUrlOf(signInPage(), serverId) : undefined }
}

/** What a server is given when it is asked from here. */
export function credentialsFor(
  parts: Parts,
  { userId, id, url }: Holder,
  first: AccessToken | undefined,
): Credentials {
  let token = first
  return {
    get authorization() {
      return token?.value
    },
    refuse: async ({ refused, status, challenge }) => {
      const version = refused === token?.value ? token?.version : undefined
      try {
        const refusal = { userId, serverId: id, url, version, status, challenge }
        const answer = await answerRefusal(parts, refusal)
        token = answer.token
        const { reason, signInUrl } = answer
        return { isRenewed: token !== undefined, reason, signInUrl }
      } catch (error) {
        return { isRenewed: false, reason: messageOf(error) }
      }
    },
  }
}
