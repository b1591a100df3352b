/** Dynamic client registration (RFC 7591). */
import { z } from 'zod'
import type { OAuthClientRecord } from '../store.ts'
import type { KnownServer } from './authorization-server.ts'
import { describeClient } from './client-metadata.ts'
import { failureOf, oddStatus, refused, startOf } from './failures.ts'
import type { OAuthParts } from './parts.ts'
import { knownCode, saidBy } from './words.ts'

/** In the order of our liking. */
const methods = ['none', 'client_secret_basic', 'client_secret_post'] as const

const registeredSchema = z.object({
  client_id: z.string().min(1).max(2_000),
  client_secret: z.string().max(4_000).optional(),
  /** In seconds since 1970; 0: never. */
  client_secret_expires_at: z.number().int().nonnegative().optional(),
  token_endpoint_auth_method: z.string().optional(),
  redirect_uris: z.array(z.string()).optional(),
})
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional() })

/** @throws SignInError `refused`, `unreachable` */
export async function register(
  { fetch }: Pick<OAuthParts, 'fetch'>,
  server: KnownServer,
  redirectUri: string,
): Promise<OAuthClientRecord> {
  const { host } = new URL(server.issuer)
  const place = `the registration endpoint of ${host}`
  if (server.registration_endpoint === undefined)
    throw refused(`The authorization server ${host} knows no clients but its own (no registration_endpoint).`)
  const supported = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const method = methods.find((one) => supported.includes(one))
  if (method === undefined)
    throw refused(`The authorization server ${host} wants clients to prove themselves in a way unknown here.`)
  const description = describeClient(redirectUri, method)
  const isNative = new URL(redirectUri).protocol === 'http:'
  let answer: unknown
  try {
    const response = await fetch(server.registration_endpoint, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      // OpenID Connect Registration, 2: `web` clients are not redirected to plain HTTP.
      body: JSON.stringify({ ...description, application_type: isNative ? 'native' : 'web' }),
    })
    const odd = oddStatus(response.status, place)
    if (odd) {
      await response.body?.cancel()
      throw odd
    }
    answer = await response.json()
    if (!response.ok) throw refused(`${startOf(place)} does not register clients${reasonIn(answer)}.`)
  } catch (error) {
    throw failureOf(error, place)
  }
  const parsed = registeredSchema.safeParse(answer)
  if (!parsed.success) throw refused(`${startOf(place)} gives an answer that is no registration (RFC 7591).`)
  return recordOf(parsed.data, { issuer: server.issuer, redirectUri, method }, place)
}

function recordOf(
  registered: z.infer<typeof registeredSchema>,
  { issuer, redirectUri, method: asked }: { issuer: string; redirectUri: string; method: string },
  place: string,
): OAuthClientRecord {
  const {
    client_id: clientId,
    client_secret: clientSecret,
    client_secret_expires_at: endsAt = 0,
  } = registered
  const { redirect_uris: redirects } = registered
  // RFC 7591, 2: the default of a client with a secret, unless it was asked for in another way.
  const withSecret = asked === 'none' ? 'client_secret_basic' : asked
  const otherwise = clientSecret === undefined ? 'none' : withSecret
  const tokenEndpointAuthMethod = registered.token_endpoint_auth_method ?? otherwise
  if (redirects && !redirects.includes(redirectUri))
    throw refused(`${startOf(place)} registers another redirect address than ours.`)
  if (!methods.some((method) => method === tokenEndpointAuthMethod))
    throw refused(`${startOf(place)} wants us to prove ourselves in a way that was not asked for.`)
  if (tokenEndpointAuthMethod !== 'none' && clientSecret === undefined)
    throw refused(`${startOf(place)} wants a secret and gives none.`)
  const expiresAt = clientSecret === undefined || endsAt === 0 ? undefined : new Date(endsAt * 1_000)
  return { issuer, redirectUri, clientId, clientSecret, tokenEndpointAuthMethod, expiresAt }
}

/** A registration has no secret of ours in it that could come back here. */
function reasonIn(answer: unknown): string {
  const parsed = errorSchema.safeParse(answer)
  if (!parsed.success) return ''
  const { error, error_description: description } = parsed.data
  return `: ${[knownCode(error) ?? saidBy(error), ...(description ? [saidBy(description)] : [])].join(', ')}`
}
