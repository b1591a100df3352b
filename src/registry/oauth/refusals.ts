/** What follows from a server's 401 or 403: another token, or what the user has to be asked for. */
import type { AccessToken, SignIns } from '../sign-ins.ts'
import { SignInError } from '../sign-ins.ts'
import { type GrantRecord, StoreError } from '../store.ts'
import { accessTokenOf } from './access-token.ts'
import { type BearerChallenge, bearerChallenge } from './challenge.ts'
import { olderResource } from './older.ts'
import type { OAuthParts } from './parts.ts'
import type { Refresher } from './refresher.ts'
import { describedResource } from './resource.ts'
import { scopesIn, without } from './scopes.ts'
import { saidBy } from './words.ts'

type Refusal = Parameters<SignIns['refused']>[0]

interface Answer {
  token: AccessToken | undefined
  reason: string
}

const signInAgain: Answer = {
  token: undefined,
  reason: 'The server refuses its token: the user has to sign in again.',
}

export class Refusals {
  readonly #parts: OAuthParts
  readonly #refresher: Refresher

  constructor(parts: OAuthParts, refresher: Refresher) {
    this.#parts = parts
    this.#refresher = refresher
  }

  async answer(refusal: Refusal): Promise<Answer> {
    const { userId, serverId, status } = refusal
    const challenge = bearerChallenge(refusal.challenge)
    const grant = await this.#parts.store.oauth.grant(userId, serverId)
    if (!grant?.tokens) return this.#withoutToken(refusal, challenge, grant)
    if (status === 401) return this.#refusedToken(refusal, grant)
    if (challenge?.error === 'insufficient_scope') return this.#tooLittle(refusal, challenge, grant)
    return {
      token: undefined,
      reason: 'The server forbids it to whom is signed in; another sign-in is no help.',
    }
  }

  async #refusedToken({ userId, serverId, version }: Refusal, grant: GrantRecord): Promise<Answer> {
    const { now } = this.#parts
    const newer = version === grant.version ? undefined : accessTokenOf(grant, now())
    if (newer) return { token: newer, reason: 'There is a newer token.' }
    if (this.#refresher.isFresh(userId, serverId, grant.version)) {
      await this.#refresher.signInAgain(userId, serverId, grant)
      return signInAgain
    }
    const renewed = await this.#refresher.refreshed(userId, serverId, grant)
    const token = accessTokenOf(renewed, now())
    if (token && token.version !== grant.version) return { token, reason: 'The token has been refreshed.' }
    if (renewed?.tokens && this.#refresher.isTroubled(userId, serverId))
      return { token: undefined, reason: 'The authorization server gives no new token for now.' }
    await this.#refresher.signInAgain(userId, serverId, grant)
    return signInAgain
  }

  /** MCP authorization, "Step-Up Authorization Flow". */
  async #tooLittle(refusal: Refusal, { scopes }: BearerChallenge, grant: GrantRecord): Promise<Answer> {
    const missing = without(scopes, grant.scopes)
    const token = accessTokenOf(grant, this.#parts.now())
    const named = saidBy(missing.join(' '))
    if (missing.length === 0 && token && grant.version !== refusal.version)
      return { token, reason: 'There is a newer token with more rights.' }
    if (missing.length === 0)
      return {
        token: undefined,
        reason: 'The server asks for more rights, and names none that are not there.',
      }
    const open = without(missing, grant.deniedScopes)
    if (open.length === 0)
      return { token: undefined, reason: `The server wants ${named}, which the user did not give.` }
    await this.#needed(refusal, open, grant)
    return { token: undefined, reason: `The server wants ${named}: the user has to sign in for it.` }
  }

  async #withoutToken(
    refusal: Refusal,
    challenge: BearerChallenge | undefined,
    grant: GrantRecord | undefined,
  ): Promise<Answer> {
    if (refusal.status === 403 && !challenge)
      return { token: undefined, reason: 'The server forbids it and asks for no sign-in.' }
    if (!grant && challenge?.resourceMetadata === undefined) {
      const problem = await this.#problemOfSignIn(refusal.url, challenge)
      if (problem !== undefined) return { token: undefined, reason: problem }
    }
    await this.#needed(refusal, without(challenge?.scopes ?? [], grant?.deniedScopes ?? []), grant)
    return { token: undefined, reason: 'The server wants the user to sign in.' }
  }

  /** Servers that want a key of their own also answer 401. */
  async #problemOfSignIn(url: string, challenge: BearerChallenge | undefined): Promise<string | undefined> {
    try {
      const at = new URL(url)
      const described = await describedResource(this.#parts, at, challenge)
      if (described ?? olderResource(this.#parts, at)) return undefined
      return 'The server refuses what it was given, and describes no sign-in: its headers may be wrong.'
    } catch (error) {
      if (error instanceof SignInError) return error.message
      throw error
    }
  }

  /** Written only where it is news: whoever listens asks again. */
  async #needed(
    { userId, serverId }: Refusal,
    scopes: string[],
    grant: GrantRecord | undefined,
  ): Promise<void> {
    const known = grant?.wantedScopes ?? []
    // A server that names others each time does not make it grow without end.
    const wanted = scopesIn([...known, ...scopes])
    const isKnown = grant !== undefined && grant.state !== 'signed_in' && without(wanted, known).length === 0
    if (isKnown) return
    await unlessGone(this.#parts.store.oauth.signInNeeded(userId, serverId, wanted))
  }
}

/** A server that was removed meanwhile needs nothing. */
async function unlessGone(done: Promise<void>): Promise<void> {
  try {
    await done
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'not_found')) throw error
  }
}
