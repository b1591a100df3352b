import { SwitchboardError } from '../../contract/errors.ts'
import { isLoopback } from '../../http/loopback.ts'
import { HttpProblem } from '../http/problem.ts'
import type { Authenticate, Principal } from '../router-options.ts'
import type { ApiKeyStore } from '../store.ts'
import { createJwtCheck, type JwtOptions } from './jwt.ts'
import { isLocalRequest } from './local-request.ts'

/** More is neither a token nor a key. */
const maxCredentialCharacters = 8_000

export interface AuthenticateOptions {
  /** Users, by the tokens of an identity provider. */
  jwt?: JwtOptions
  /** Agents and operators, by `sbk_…`. */
  apiKeys?: Pick<ApiKeyStore, 'find'>
  /** Everybody on this machine is this one user. `listensOn`: the service's host. */
  development?: { userId: string; listensOn: string }
}

/** @throws SwitchboardError `development_elsewhere` where development would serve others than this machine */
export function createAuthenticate({ jwt, apiKeys, development }: AuthenticateOptions): Authenticate {
  if (development !== undefined && !isLoopback(development.listensOn)) {
    throw new SwitchboardError(
      'development_elsewhere',
      `without an identity provider everybody is the same user, so the registry listens on this machine only, not on ${development.listensOn}; set REGISTRY_JWT_ISSUER, REGISTRY_JWT_AUDIENCE and REGISTRY_JWT_JWKS_URL, or leave out --host`,
    )
  }
  const checkJwt = jwt === undefined ? undefined : createJwtCheck(jwt)

  async function byCredential(credential: string): Promise<Principal | undefined> {
    if (!credential.startsWith('sbk_')) return checkJwt?.(credential)
    const key = await apiKeys?.find(credential)
    return key === undefined ? undefined : { id: key.name, role: key.role }
  }

  return async (request) => {
    if (development !== undefined && !isLocalRequest(request)) throw foreign()
    const { authorization } = request.headers
    if (authorization === undefined) {
      return development === undefined ? undefined : { id: development.userId, role: 'user' }
    }
    const credential = credentialOf(authorization)
    return credential === undefined ? undefined : byCredential(credential)
  }
}

function foreign(): HttpProblem {
  return new HttpProblem(
    403,
    'In development the registry is for this machine alone: ask it at 127.0.0.1 or localhost, not through a proxy, and not from a page of another origin. With an identity provider it is for everybody.',
    { code: 'development_only_here' },
  )
}

/** RFC 6750, 2.1. */
function credentialOf(authorization: string): string | undefined {
  const [, credential] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization) ?? []
  return credential !== undefined && credential.length <= maxCredentialCharacters ? credential : undefined
}
