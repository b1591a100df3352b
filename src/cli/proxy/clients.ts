import { z } from 'zod'
import { type Environment, expand, UnsetVariable } from '../../config/expand.ts'
import { messageOf } from '../../errors.ts'
import { clientSchema, type ProxyClient } from '../../proxy/client.ts'
import { UsageError } from '../failure.ts'
import { readPrivate, tokenIn } from '../token-file.ts'
import type { ProxyCommandOptions } from './options.ts'

const fileSchema = z.strictObject({ clients: z.record(z.string().min(1), clientSchema) })

/** Who may use the proxy, by name. @throws UsageError */
export async function clientsOf(
  { tokenFile, clientsFile }: Pick<ProxyCommandOptions, 'tokenFile' | 'clientsFile'>,
  environment: Environment,
): Promise<Record<string, ProxyClient>> {
  if (clientsFile === undefined) return { everybody: { token: await tokenIn(tokenFile) } }
  const wrong = (problem: string) => new UsageError(`${clientsFile}: ${problem}`)
  const text = await readPrivate(clientsFile)
  let raw: unknown
  try {
    raw = JSON.parse(text, (key, value: unknown) =>
      key === 'token' && typeof value === 'string' ? expand(value, environment, key) : value,
    )
  } catch (error) {
    throw wrong(error instanceof UnsetVariable ? error.message : `it is not JSON (${messageOf(error)})`)
  }
  const { data, error } = fileSchema.safeParse(raw)
  if (data) return data.clients
  const [issue] = error.issues
  throw wrong([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
}
