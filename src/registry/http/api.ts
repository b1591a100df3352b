import type { JsonObject } from '../../contract/protocol.ts'
import { apiPath } from '../wire.ts'
import { describeApi } from './openapi.ts'
import type { Route } from './route.ts'
import { agentRoutes } from './routes/agent.ts'
import { callbackRoute } from './routes/callback.ts'
import { eventRoutes } from './routes/events.ts'
import { serverRoutes } from './routes/servers.ts'
import { descriptionRoute, serviceRoutes } from './routes/service.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { templateRoutes } from './routes/templates.ts'
import { testRoute } from './routes/test.ts'

/** Below `/api/mcp`. */
export const routes: readonly Route[] = [
  ...serverRoutes,
  testRoute,
  ...signInRoutes,
  callbackRoute,
  ...templateRoutes,
  ...eventRoutes,
  ...agentRoutes,
  ...serviceRoutes,
  descriptionRoute(describeRegistry),
]

let description: JsonObject | undefined

/** The OpenAPI document. */
export function describeRegistry(): JsonObject {
  description ??= describeApi(routes, apiPath)
  return description
}
