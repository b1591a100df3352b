import type { Router } from 'express'
import { SwitchboardError } from '../contract/errors.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import { type DatabaseLocation, openDatabase } from './database/open.ts'
import type { RegistryServer, RegistryServerOptions } from './http/server.ts'
import type { AuthenticateOptions } from './identity/authenticate.ts'
import { withPackages } from './packages.ts'
import type { Authenticate, RouterLimits, TestServer } from './router-options.ts'
import type { KnownClients, SignIns } from './sign-ins.ts'
import type { RegistryStore } from './store.ts'
import { keyFile } from './vault/key-file.ts'
import { howToMakeOne, keysVariable, type VaultKey } from './vault/keys.ts'
import { createVault } from './vault/vault.ts'

export interface RegistryOptions {
  database: DatabaseLocation
  /** For secrets: the first encrypts. Default for a folder: a file in it, made when missing. `readKeys` reads them. */
  keys?: readonly VaultKey[]
  /** Default: public addresses over https. */
  egress?: EgressPolicy
  /** Who is who. Keys of agents and operators are known beside the first. */
  identity: Omit<AuthenticateOptions, 'apiKeys'> | Authenticate
  /** Where browsers reach it, without a path. Asked anew each time: a port may not be known yet. */
  publicUrl: () => string
  /** Where a user signs in at a server; `{id}` stands for the server's. */
  signInPage: () => string
  /** Who we are at authorization servers that register nobody by themselves. */
  known?: KnownClients
  limits?: Partial<RouterLimits>
  /** Default: connects with a switchboard of its own. */
  testServer?: TestServer
}

export interface Registry {
  store: RegistryStore
  signIns: SignIns
  /** For the root of an Express 5 application; below `/api/mcp`. */
  router: Router
  /** After whatever serves the router. */
  close(): Promise<void>
}

/**
 * Opens the database and brings it up to date. @throws SwitchboardError `package_missing`, `setting_missing`,
 * `development_elsewhere`; DatabaseUnreachable, DatabaseError; VaultError
 */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { egress = { allowHosts: [] }, publicUrl, signInPage, identity, limits } = options
  const keys = options.keys ?? (await keysBeside(options.database))
  const [
    { createStore },
    { createRegistryRouter },
    { createAuthenticate },
    { createSignIns },
    { testServer },
    { unknownKeys },
  ] = await withPackages(() =>
    Promise.all([
      import('./store/create-store.ts'),
      import('./http/router.ts'),
      import('./identity/authenticate.ts'),
      import('./oauth/create-sign-ins.ts'),
      import('./test-server.ts'),
      import('./store/unknown-keys.ts'),
    ]),
  )
  // What is wrong with it is said before anything is opened.
  if (typeof identity !== 'function') createAuthenticate(identity)
  const vault = createVault({ keys })
  const database = await withPackages(() => openDatabase(options.database))
  try {
    const store = createStore({ database, vault })
    warnOfKeys(await unknownKeys(database, keys), keys)
    const authenticate =
      typeof identity === 'function' ? identity : createAuthenticate({ ...identity, apiKeys: store.apiKeys })
    const signIns = createSignIns({
      ...{ store, egress, publicUrl },
      ...(options.known ? { known: options.known } : {}),
    })
    const parts = { store, signIns, egress, authenticate, publicUrl, signInPage }
    return {
      ...{ store, signIns },
      router: createRegistryRouter({ ...parts, testServer: options.testServer ?? testServer }, limits),
      close: async () => {
        await signIns.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Serves it alone. @throws SwitchboardError `port_in_use` */
export async function createRegistryServer(
  registry: Pick<Registry, 'router'>,
  options: RegistryServerOptions,
): Promise<RegistryServer> {
  const { startServer } = await withPackages(() => import('./http/server.ts'))
  return startServer(registry.router, options)
}

function warnOfKeys(unknown: readonly string[], keys: readonly VaultKey[]): void {
  if (unknown.length === 0) return
  const given = keys.map(({ id }) => id).join(', ')
  process.emitWarning(
    `secrets in the database are under keys that are not given: ${unknown.join(', ')} (given: ${given}); their servers cannot be reached until these keys are back in ${keysVariable}, behind the first`,
    'SwitchboardWarning',
  )
}

async function keysBeside(database: DatabaseLocation): Promise<VaultKey[]> {
  if ('folder' in database) return keyFile(database.folder)
  throw new SwitchboardError(
    'setting_missing',
    `a registry on a PostgreSQL server needs keys for its secrets: set ${keysVariable} to id:base64 of 32 random bytes; ${howToMakeOne}`,
  )
}
