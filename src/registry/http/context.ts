import type { RegistryParts, RouterLimits } from '../router-options.ts'
import type { EventStreams } from './events.ts'

/** What the routes work with. */
export interface RouteContext {
  parts: RegistryParts
  limits: RouterLimits
  events: EventStreams
}
