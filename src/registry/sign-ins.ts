/** Signing in at users' servers: the MCP authorization specification (2025-11-25), with the gaps that the SDKs leave closed. */
import type { Actor, GrantRecord } from './store.ts'

/** What an agent gives a server. */
export interface AccessToken {
  /** Of the `Authorization` header: `Bearer …`. */
  value: string
  version: number
  expiresAt: Date | undefined
}

/** What an authorization server has been told of us by hand (MCP authorization, "Preregistration"). */
export interface RegisteredClient {
  /** Exactly as the authorization server calls itself. */
  issuer: string
  clientId: string
  clientSecret?: string | undefined
  /** How the secret is shown. Default: `client_secret_basic`. */
  tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
}

/**
 * Who we are at authorization servers, beside what we say of ourselves. The redirect address there is `/api/mcp/oauth/callback` below
 * the public URL; for an authorization server that does not say from whom an answer is (RFC 9207) `?issuer=` is added to it, with
 * the SHA-256 of the issuer in base64url.
 */
export interface KnownClients {
  /** These come first. Default: none. */
  clients?: readonly RegisteredClient[] | undefined
  /** Of a client id metadata document that is served elsewhere, for a registry that is not reached over https. */
  clientDocument?: string | undefined
  /**
   * `host` or `host:port` of servers of MCP 2025-03-26, which do not say who signs their users in: they do so themselves, under
   * `/authorize`, `/token` and `/register` where they have no metadata. PKCE is used; that it is checked, nobody says. Default:
   * none, such a server is refused.
   */
  olderHosts?: readonly string[] | undefined
}

/** @inline */
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

/** A sign-in did not come about; `code` says why. */
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
  /**
   * Forgets the tokens, and revokes them (RFC 7009) where the authorization server can. Never rejects for what it answers; waits for
   * it for two seconds at most.
   */
  signOut(actor: Actor, userId: string, serverId: string): Promise<void>
  /** Revokes the tokens of a server that is gone or elsewhere now, as well as the authorization server can. Never rejects. */
  revoke(grant: GrantRecord): Promise<void>
  /** Refreshes what ends soon until it is closed. */
  close(): Promise<void>
}
