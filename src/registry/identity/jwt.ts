import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { messageOf } from '../../contract/errors.ts'
import { IdentityUnavailable, type Principal } from '../router-options.ts'

/** What an identity provider signs with; never a shared secret, and never nothing (RFC 8725, 3.1). */
const algorithms = ['RS256', 'ES256', 'EdDSA']
const clockToleranceSeconds = 5
const fetchTimeoutMs = 5_000
const maxUserIdCharacters = 200

export interface JwtOptions {
  issuer: string
  audience: string
  /** Where the issuer publishes its keys. */
  jwksUrl: string
}

/** Undefined for a token that is not one of the issuer's for us, now. @throws IdentityUnavailable */
export function createJwtCheck({
  issuer,
  audience,
  jwksUrl,
}: JwtOptions): (token: string) => Promise<Principal | undefined> {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: fetchTimeoutMs })
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience, algorithms, clockTolerance: clockToleranceSeconds },
        requiredClaims: ['sub', 'exp'],
      })
      return userOf(payload)
    } catch (error) {
      if (isOfToken(error)) return undefined
      throw new IdentityUnavailable(
        `The keys of the identity provider cannot be fetched (${messageOf(error)}).`,
        { cause: error },
      )
    }
  }
}

function userOf({ sub }: JWTPayload): Principal | undefined {
  if (sub === undefined || sub === '' || sub.length > maxUserIdCharacters) return undefined
  // Not in any database's texts.
  if (sub.includes('\0')) return undefined
  return { id: sub, role: 'user' }
}

/** The rest is about the keys and how they are fetched. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
}
