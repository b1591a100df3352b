import { readFileSync } from 'node:fs'
import { messageOf } from '../contract/errors.ts'
import { UsageError } from './failure.ts'

/** What the services take from the environment and nobody else may read. */
const secretVariables = [
  'DATABASE_URL',
  'LIVEKIT_API_SECRET',
  'OPENAI_API_KEY',
  'PGPASSWORD',
  'REGISTRY_OAUTH_CLIENTS',
  'SWITCHBOARD_PROXY_TOKEN',
  'SWITCHBOARD_REGISTRY_KEY',
  'SWITCHBOARD_REGISTRY_KEYS',
] as const

/**
 * Sets each secret that is in a file, which the variable `NAME_FILE` names, as container platforms mount them. An empty file
 * is a secret that is not set. @throws UsageError
 */
export function readSecretFiles(environment: NodeJS.ProcessEnv): void {
  for (const name of secretVariables) {
    const file = environment[`${name}_FILE`]
    if (!file) continue
    if (environment[name]) throw new UsageError(`${name} and ${name}_FILE are both set; set one of them`)
    const secret = contentsOf(file, `${name}_FILE`)
    if (secret !== '') environment[name] = secret
  }
}

function contentsOf(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`${variable}: ${file} cannot be read (${messageOf(error)}); name a file that can`)
  }
}
