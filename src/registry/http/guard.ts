import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
import type { Authenticate, Principal, RouterLimits } from '../router-options.ts'
import { HttpProblem } from './problem.ts'

const windowMs = 60_000

/** Who asks, and whether it is too often. */
export interface Guard {
  /** Lets pass whoever is known, and others where `isOpen`. */
  admit(isOpen: boolean): RequestHandler
  principalOf(request: Request): Principal | undefined
}

export function createGuard(authenticate: Authenticate, limits: RouterLimits): Guard {
  const principals = new WeakMap<Request, Principal>()
  const known = limiter(limits.requestsPerMinute, (request) => keyOf(request, principals.get(request)))
  const strangers = limiter(limits.strangersRequestsPerMinute, addressOf)

  async function check(request: Request, response: Response, next: NextFunction, isOpen: boolean) {
    const hits = await strangers.getKey(addressOf(request))
    // Before anything is looked up for it.
    if (hits !== undefined && hits.totalHits > limits.strangersRequestsPerMinute) {
      return strangers(request, response, next)
    }
    const principal = isOpen ? undefined : await authenticate(request)
    if (principal !== undefined) {
      principals.set(request, principal)
      return known(request, response, next)
    }
    return strangers(request, response, (error?: unknown) => {
      if (error !== undefined || isOpen) next(error)
      else next(unknownPrincipal(request))
    })
  }

  return {
    admit: (isOpen) => (request, response, next) => check(request, response, next, isOpen),
    principalOf: (request) => principals.get(request),
  }
}

function limiter(limit: number, keyGenerator: (request: Request) => string) {
  return rateLimit({
    ...{ windowMs, limit, keyGenerator, standardHeaders: 'draft-8', legacyHeaders: false },
    // The addresses of proxies are a setting of the application; what a stranger writes in headers is no reason to complain of it.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, response, next) => {
      const seconds = response.getHeader('Retry-After') ?? windowMs / 1_000
      next(
        new HttpProblem(429, `Too many requests; ask again in ${seconds} seconds.`, {
          nothingChanged: true,
          code: 'too_many_requests',
          headers: { 'Retry-After': String(seconds) },
        }),
      )
    },
  })
}

function addressOf({ ip }: Request): string {
  return ip === undefined ? 'none' : ipKeyGenerator(ip)
}

/** An agent asks for many users: one of them does not use up what the others have. */
function keyOf(request: Request, principal: Principal | undefined): string {
  if (principal === undefined) return addressOf(request)
  const [, user = ''] = /\/agent\/users\/([^/?]*)/.exec(request.originalUrl) ?? []
  return JSON.stringify([principal.role, principal.id, principal.role === 'agent' ? user : ''])
}

/** RFC 6750, 3. */
function unknownPrincipal({ headers }: Request): HttpProblem {
  const isOffered = headers.authorization !== undefined
  const detail = isOffered
    ? 'What the Authorization header has is not valid, or not any more; get another one.'
    : 'Say who you are: Authorization: Bearer and a token or an API key.'
  const challenge = isOffered ? 'Bearer error="invalid_token"' : 'Bearer'
  return new HttpProblem(401, detail, { headers: { 'WWW-Authenticate': challenge } })
}
