import { z } from 'zod'
import { openDatabase } from '../../../src/registry/database/open.ts'
import { createRegistryRouter } from '../../../src/registry/http/router.ts'
import { type RegistryServerOptions, startServer } from '../../../src/registry/http/server.ts'
import { createAuthenticate } from '../../../src/registry/identity/authenticate.ts'
import type { RegistryParts, RouterLimits } from '../../../src/registry/router-options.ts'
import type { SignIns } from '../../../src/registry/sign-ins.ts'
import { createStore } from '../../../src/registry/store/create-store.ts'
import type { RegistryStore } from '../../../src/registry/store.ts'
import type { Vault } from '../../../src/registry/vault/vault.ts'
import { newVault, temporaryFolder } from '../support.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'

export interface Answer {
  status: number
  headers: Headers
  /** JSON where it is; else its text. */
  body: unknown
}

export interface Asking {
  /** A user's id; or a whole Authorization header. Default: nobody. */
  as?: string
  body?: unknown
  /** As it is. */
  text?: string
  headers?: Record<string, string>
}

export type Ask = (method: string, path: string, asking?: Asking) => Promise<Answer>

export interface Service {
  url: string
  ask: Ask
  store: RegistryStore
  provider: IdentityProvider
  agent: string
  operator: string
  close(): Promise<void>
}

export interface ServiceOptions {
  database?: { url: string }
  vault?: Vault
  provider?: IdentityProvider
  limits?: Partial<RouterLimits>
  server?: Partial<RegistryServerOptions>
  parts?: Partial<RegistryParts>
}

/** Whatever is asked for is not to be asked for in this test. */
const refuse = (what: string) => async (): Promise<never> => {
  throw new Error(`${what} was not expected`)
}

export const noSignIns: SignIns = {
  begin: refuse('begin'),
  finish: refuse('finish'),
  accessToken: async () => undefined,
  refused: refuse('refused'),
  signOut: refuse('signOut'),
  revoke: refuse('revoke'),
  close: async () => {},
}

/** The router over a real store, on a real socket. Signing in and tests of servers are the test's. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const { folder, remove } = temporaryFolder()
  const database = await openDatabase(options.database ?? { folder })
  const store = createStore({ database, vault: options.vault ?? newVault() })
  const provider = options.provider ?? (await startIdentityProvider())
  const router = createRegistryRouter(
    {
      ...{ store, signIns: noSignIns, egress: { allowHosts: ['allowed.internal:8443'] } },
      authenticate: createAuthenticate({ jwt: provider.jwt, apiKeys: store.apiKeys }),
      testServer: refuse('testServer'),
      publicUrl: () => 'https://tools.example.com',
      signInPage: () => 'https://app.example.com/servers/{id}',
      ...options.parts,
    },
    { requestsPerMinute: 100_000, strangersRequestsPerMinute: 100_000, ...options.limits },
  )
  const server = await startServer(router, { host: '127.0.0.1', port: 0, ...options.server })
  const actor = { name: 'test' }
  const keyOf = async (role: 'agent' | 'operator') => {
    const name = `${role}-${server.port}`
    return `Bearer ${(await store.apiKeys.add(actor, name, role)).key}`
  }
  return {
    ...{ url: server.url, store, provider },
    ask: asker(server.url, provider),
    agent: await keyOf('agent'),
    operator: await keyOf('operator'),
    close: async () => {
      await server.close()
      if (options.provider === undefined) provider.close()
      await database.close()
      remove()
    },
  }
}

function asker(url: string, provider: IdentityProvider): Ask {
  return async (method, path, { as, body, text, headers } = {}) => {
    const authorization = as === undefined || as.includes(' ') ? as : `Bearer ${await provider.token(as)}`
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(`${url}/api/mcp${path}`, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    })
    const told = await response.text()
    const isJson = /json$/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && told !== '' ? JSON.parse(told) : told,
    }
  }
}

/** A second; of a machine that others use as well, what it does in a second when it is alone. */
export async function secondHere({ ask }: Pick<Service, 'ask'>): Promise<number> {
  const startedAt = performance.now()
  for (let times = 0; times < 10; times++) await ask('GET', '/livez')
  return Math.max(1_000, 10 * (performance.now() - startedAt))
}

const idSchema = z.object({ id: z.string() })

export function idOf({ body }: Answer): string {
  return idSchema.parse(body).id
}

const problemSchema = z.object({
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
})

/** What a problem says of fields. */
export function errorsOf({ body }: Answer): Record<string, string> {
  return Object.fromEntries(problemSchema.parse(body).errors.map(({ pointer, detail }) => [pointer, detail]))
}
