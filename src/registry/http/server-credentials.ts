import { messageOf } from '../../errors.ts'
import type { Credentials } from '../../user-servers.ts'
import type { RegistryParts } from '../router-options.ts'
import type { AccessToken } from '../sign-ins.ts'
import { signInUrlOf } from './agent-server.ts'

interface Holder {
  userId: string
  id: string
  url: string
}

/** What a server is given when it is asked from here. */
export function credentialsFor(
  { signIns, signInPage }: Pick<RegistryParts, 'signIns' | 'signInPage'>,
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
        const answer = await signIns.refused({ userId, serverId: id, url, version, status, challenge })
        token = answer.token
        const { reason } = answer
        if (token !== undefined) return { isRenewed: true, reason }
        return { isRenewed: false, reason, signInUrl: signInUrlOf(signInPage(), id) }
      } catch (error) {
        return { isRenewed: false, reason: messageOf(error) }
      }
    },
  }
}
