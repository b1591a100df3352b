import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { HttpTarget } from '../../config/sealed-target.ts'
import type { Disturbance } from '../disturbances.ts'
import type { ServerProcess } from './server-process.ts'

/** What carries messages to a server; one client after another may use it. */
export type Link = HttpLink | { kind: 'stdio'; process: ServerProcess; graceMs: number }

export interface HttpLink {
  kind: 'http'
  target: HttpTarget
  disturbance: Disturbance
  graceMs: number
  reach: FetchLike
}
