import type { IncomingMessage, ServerResponse } from 'node:http'
import { addressOf } from './gate.ts'

/** Answers requests by itself, such as an Express application. */
export interface RequestHandler {
  /** Answers it, whatever it asks for. */
  handle(request: IncomingMessage, response: ServerResponse): void
}

export function isOfRegistry(request: IncomingMessage): boolean {
  return addressOf(request)?.pathname.startsWith('/api/mcp/') ?? false
}

/**
 * A browser comes back from an authorization server, whose page is another site: our cookie is `SameSite=Strict` and does not
 * come along. What began the sign-in left a cookie of its own, which is what the registry asks for. Exactly as it is spelt
 * here: nothing else may pass by the gate.
 */
export function isSignInReturn({ method, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && /^\/api\/mcp\/oauth\/callback(\?|$)/.test(url)
}
