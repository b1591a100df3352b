import { z } from 'zod'
import type { Environment } from '../../config/expand.ts'
import type { KnownClients } from '../../registry/sign-ins.ts'
import { UsageError } from '../failure.ts'

const variable = 'REGISTRY_OAUTH_CLIENTS'

const knownSchema = z.strictObject({
  clients: z
    .array(
      z.strictObject({
        issuer: z.url(),
        clientId: z.string().min(1),
        clientSecret: z.string().min(1).optional(),
        tokenEndpointAuthMethod: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
      }),
    )
    .optional(),
  clientDocument: z.url({ protocol: /^https$/ }).optional(),
  olderHosts: z.array(z.string()).optional(),
})

/** Its values stand in no message: there are secrets among them. @throws UsageError */
export function readKnownClients(environment: Environment): KnownClients {
  const text = environment[variable]?.trim()
  if (!text) return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`${variable} is not JSON`)
  }
  const known = knownSchema.safeParse(value)
  if (known.success) return known.data
  const [issue] = known.error.issues
  const place = issue?.path.length ? `${issue.path.join('.')}: ` : ''
  throw new UsageError(`${variable}: ${place}${issue?.message}; see docs/registry.md, "Signing in"`)
}
