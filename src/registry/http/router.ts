import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express'
import helmet from 'helmet'
import { Slots } from '../../http/slots.ts'
import { defaultRouterLimits, type RegistryParts, type RouterLimits } from '../router-options.ts'
import { apiPath } from '../wire.ts'
import { routes } from './api.ts'
import type { RouteContext } from './context.ts'
import { EventStreams } from './events.ts'
import { problemOf } from './failure.ts'
import { createGuard, type Guard } from './guard.ts'
import { HttpProblem } from './problem.ts'
import { createReadiness } from './readiness.ts'
import { send, sendProblem } from './reply.ts'
import type { Route } from './route.ts'

/** Who probes asks often, and from one address. */
const unlimited = ['/livez', '/readyz']

/**
 * Everything below `/api/mcp`; other paths go on to whatever comes after it. Mount it at the root of an Express 5
 * application, and set `trust proxy` there to what stands in front of it, or all users behind a proxy count as one address.
 */
export function createRegistryRouter(parts: RegistryParts, limits: Partial<RouterLimits> = {}): Router {
  const allLimits = { ...defaultRouterLimits, ...limits }
  const guard = createGuard(parts.authenticate, allLimits)
  const context: RouteContext = {
    parts,
    limits: allLimits,
    events: new EventStreams(parts, allLimits.heartbeatMs),
    tests: new Slots(allLimits.maxTestsAtOnce),
    isReachable: createReadiness(parts.store),
  }
  const api = express.Router({ caseSensitive: true })
  api.use(securityHeaders())
  // A fixed path before those that have a parameter in its place.
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path)
    const at = expressPath(path)
    for (const route of here) {
      const admit = unlimited.includes(path) ? [] : [guard.admit(route.access === 'anybody')]
      api[route.method](at, ...admit, async (request: Request, response: Response) => {
        send(request, response, await answerOf(route, request, guard, context))
      })
    }
    api.all(at, guard.admit(false), (request: Request) => {
      throw wrongMethod(
        request,
        here.map(({ method }) => method),
      )
    })
  }
  api.use(guard.admit(false), () => {
    throw new HttpProblem(
      404,
      `There is no such address; ${apiPath}/openapi.json describes those that there are.`,
    )
  })
  const onError: ErrorRequestHandler = (error: unknown, request, response, _next) => {
    // Nobody is left to be answered.
    if (request.destroyed && !request.complete) return void response.destroy()
    sendProblem(request, response, problemOf(error, request.method))
  }
  api.use(onError)
  const router = express.Router()
  router.use(apiPath, api)
  return router
}

async function answerOf(route: Route, request: Request, guard: Guard, context: RouteContext) {
  // A sign-in comes back once, and nothing that only looks may use it up; event streams have no end.
  if (request.method === 'HEAD' && !unlimited.includes(route.path)) throw wrongMethod(request, [route.method])
  const principal = guard.principalOf(request)
  if (route.access !== 'anybody' && principal !== undefined && !route.access.includes(principal.role)) {
    throw new HttpProblem(
      403,
      `This is for ${route.access.join(' and ')} only; you are known as ${principal.role}.`,
    )
  }
  return route.answer(request, principal, context)
}

/** RFC 9110, 15.5.6. */
function wrongMethod({ method }: Request, allowed: readonly string[]): HttpProblem {
  const Allow = allowed.map((one) => one.toUpperCase()).join(', ')
  return new HttpProblem(405, `This address cannot be asked with ${method}; there is ${Allow}.`, {
    headers: { Allow },
  })
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function securityHeaders() {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Addresses of the callback have a code in them.
    referrerPolicy: { policy: 'no-referrer' },
  })
}
