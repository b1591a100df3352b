import { withPackages } from './packages.ts'

// Here, so that a package that is missing is named with what to install.
const router = await withPackages(() => import('./http/router.ts'))
const machineCredentials = await withPackages(() => import('./oauth/machine-credentials.ts'))
const authenticate = await withPackages(() => import('./identity/authenticate.ts'))

/** The HTTP interface of a registry, as a router of Express. */
export const createRegistryRouter = router.createRegistryRouter
/** Tokens for one server where no user signs in (MCP extensions: client credentials, enterprise-managed authorization). */
export const createMachineCredentials = machineCredentials.createMachineCredentials
/** Who asks: a user by a JWT, an agent or operator by a key, or on this machine the developer. */
export const createAuthenticate = authenticate.createAuthenticate

export type { RegistryDatabase } from './database/database.ts'
export { DatabaseError, DatabaseUnreachable } from './database/failures.ts'
export { type DatabaseLocation, openDatabase } from './database/open.ts'
export type { RegistryServer, RegistryServerOptions } from './http/server.ts'
export type { AuthenticateOptions } from './identity/authenticate.ts'
export type { JwtOptions } from './identity/jwt.ts'
export type { MachineCredentialsOptions } from './oauth/machine-credentials.ts'
export type { MachineProof } from './oauth/machine-tokens.ts'
export { createRegistryServer, openRegistry, type Registry, type RegistryOptions } from './registry.ts'
export {
  type Authenticate,
  IdentityUnavailable,
  type Principal,
  type RegistryParts,
  type RouterLimits,
  type TestedServer,
  type TestServer,
} from './router-options.ts'
export { type KnownClients, type RegisteredClient, SignInError, type SignIns } from './sign-ins.ts'
export { type RegistryStore, StoreError } from './store.ts'
export { keyFile } from './vault/key-file.ts'
export { readKeys, VaultError, type VaultKey } from './vault/keys.ts'
