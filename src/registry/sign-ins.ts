/** Signing in at users' servers: the MCP authorization specification (2025-11-25), with the gaps that the SDKs leave closed. */
import type { Actor, GrantRecord } from './store.ts'

/** What an agent gives a server. */
export interface AccessToken {
  /** Of the `Authorization` header: `Bearer …`. */
  value: string
  version: number
  expiresAt: Date | undefined
}

export type SignInProblem =
  /** The authorization server, or what leads to it, breaks a rule: it says which. */
  | 'refused'
  /** It cannot be reached, or does not answer in time. */
  | 'unreachable'
  /** The server asks for no sign-in. */
  | 'not_needed'
  /** No such sign-in was begun, or not in this browser, or it is too old, or it came back before. */
  | 'unknown_flow'
  /** The user did not agree. */
  | 'denied'
  /** The server is not there any more. */
  | 'not_found'

export class SignInError extends Error {
  override readonly name = 'SignInError'

  constructor(
    readonly code: SignInProblem,
    /** For the user: what happened and what to do. Nothing that the other side said stands in it uncleaned. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

export interface SignIns {
  /**
   * Finds the server's authorization server, makes us known there, and begins. `binding`: a secret that only this browser has
   * and gives again to `finish`. @throws SignInError
   */
  begin(request: {
    userId: string
    serverId: string
    url: string
    redirectUri: string
    binding: string
  }): Promise<{ authorizationUrl: string }>
  /** The browser has come back. Never twice. @throws SignInError */
  finish(request: {
    callback: URL
    binding: string | undefined
  }): Promise<{ userId: string; serverId: string }>
  /** Refreshed before it ends; one refresh at a time on one database. Undefined where nobody is signed in. */
  accessToken(userId: string, serverId: string): Promise<AccessToken | undefined>
  /**
   * A server has refused what it was given. Another token that is there or can be had; else what is missing is remembered, so
   * that the user can sign in. `version`: of the token that was refused.
   */
  refused(refusal: {
    userId: string
    serverId: string
    url: string
    version: number | undefined
    status: 401 | 403
    challenge: string | undefined
  }): Promise<{ token: AccessToken | undefined; reason: string }>
  /** Forgets the tokens, and revokes them (RFC 7009) where the authorization server can. Never rejects for what it answers. */
  signOut(actor: Actor, userId: string, serverId: string): Promise<void>
  /** Revokes the tokens of a server that is gone or elsewhere now, as well as the authorization server can. Never rejects. */
  revoke(grant: GrantRecord): Promise<void>
  /** Refreshes what ends soon until it is closed. */
  close(): Promise<void>
}
