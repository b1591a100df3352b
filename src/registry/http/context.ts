import type { Slots } from '../../http/slots.ts'
import type { RegistryParts, RouterLimits } from '../router-options.ts'
import type { EventStreams } from './events.ts'

/** What the routes of one router work with. */
export interface RouteContext {
  parts: RegistryParts
  limits: RouterLimits
  events: EventStreams
  /** Tests of servers that are under way, by user. */
  tests: Slots<string>
  /** Whether the database answers. */
  isReachable: () => Promise<boolean>
}
