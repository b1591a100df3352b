import { resolve } from 'node:path'
import type { Environment } from '../../config/expand.ts'
import { isLoopback } from '../../http/loopback.ts'
import { hasCluster } from '../../registry/database/cluster.ts'
import type { DatabaseLocation } from '../../registry/database/open.ts'
import type { JwtOptions } from '../../registry/identity/jwt.ts'
import { keyFile } from '../../registry/vault/key-file.ts'
import { keysVariable, readKeys, VaultError, type VaultKey } from '../../registry/vault/keys.ts'
import { UsageError } from '../failure.ts'

/** Where secrets are kept, and what opens them. `mustBeThere`: no folder is made a registry. @throws UsageError */
export async function readStorage(
  environment: Environment,
  folder: string,
  { mustBeThere = false }: { mustBeThere?: boolean } = {},
): Promise<{ database: DatabaseLocation; keys: VaultKey[] }> {
  const url = environment.DATABASE_URL?.trim()
  const text = environment[keysVariable]?.trim()
  if (!url) {
    const place = resolve(folder)
    if (mustBeThere && !hasCluster(place)) {
      throw new UsageError(`there is no registry in ${place}; name its folder with --folder`)
    }
    return { database: { folder: place }, keys: await usable(() => (text ? readKeys(text) : keyFile(place))) }
  }
  if (!text) {
    throw new UsageError(
      `${keysVariable} is not set, and DATABASE_URL is: secrets in that database need a key; make one with: node -p "'k1:' + crypto.randomBytes(32).toString('base64')"`,
    )
  }
  return { database: { url }, keys: await usable(() => readKeys(text)) }
}

async function usable(keys: () => VaultKey[] | Promise<VaultKey[]>): Promise<VaultKey[]> {
  try {
    return await keys()
  } catch (error) {
    if (error instanceof VaultError) throw new UsageError(error.message)
    throw error
  }
}

const jwtVariables = {
  issuer: 'REGISTRY_JWT_ISSUER',
  audience: 'REGISTRY_JWT_AUDIENCE',
  jwksUrl: 'REGISTRY_JWT_JWKS_URL',
} as const

/** Undefined where nothing of it is set. @throws UsageError where something of it is missing or wrong */
export function readJwt(environment: Environment): JwtOptions | undefined {
  const read = (name: string) => environment[name]?.trim() ?? ''
  const jwt = {
    issuer: read(jwtVariables.issuer),
    audience: read(jwtVariables.audience),
    jwksUrl: read(jwtVariables.jwksUrl),
  }
  const missing = Object.values(jwtVariables).filter((name) => read(name) === '')
  if (missing.length === Object.keys(jwtVariables).length) return undefined
  if (missing.length > 0) {
    throw new UsageError(`${missing.join(' and ')} not set; tokens are checked with all three or not at all`)
  }
  if (!isKeysUrl(jwt.jwksUrl)) {
    throw new UsageError(
      `${jwtVariables.jwksUrl} is not an https address; over http anybody on the way could put in keys`,
    )
  }
  return jwt
}

function isKeysUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}
