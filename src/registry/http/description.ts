import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../../contract/protocol.ts'
import { defaultRouterLimits } from '../router-options.ts'
import { createStore } from '../store/create-store.ts'
import { createVault } from '../vault/vault.ts'
import { apiPath } from '../wire.ts'
import { EventStreams } from './events.ts'
import { describeApi } from './openapi.ts'
import { routesOf } from './router.ts'

/** The OpenAPI document without a registry: nothing is opened, and none of the routes can be asked. */
export function describeRegistry(): JsonObject {
  const store = createStore({
    vault: createVault({ keys: [{ id: 'none', secret: randomBytes(32) }] }),
    database: {
      ...{ read: nothing, transaction: nothing, close: async () => {}, isReachable: async () => false },
      listen: () => () => {},
    },
  })
  const authenticate = () => undefined
  const signIns = {
    ...{ begin: nothing, finish: nothing, accessToken: nothing, refused: nothing, signOut: nothing },
    revoke: nothing,
    close: async () => {},
  }
  const parts = { store, signIns, authenticate, egress: { allowHosts: [] }, testServer: nothing }
  const limits = defaultRouterLimits
  const events = new EventStreams({ store, authenticate }, limits.heartbeatMs)
  const context = { limits, events, parts: { ...parts, publicUrl: () => '', signInPage: () => '' } }
  return describeApi(routesOf(context), apiPath)
}

async function nothing(): Promise<never> {
  throw new Error('no registry is open; this only describes one')
}
