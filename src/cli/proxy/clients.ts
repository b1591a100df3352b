import { z } from 'zod'
import { type Environment, expand, UnsetVariable } from '../../config/expand.ts'
import { parseJson } from '../../config/read.ts'
import { clientSchema, type ProxyClient } from '../../proxy/client.ts'
import { UsageError } from '../failure.ts'
import { readPrivate, tokenIn } from '../token-file.ts'
import type { ProxyCommandOptions } from './options.ts'

/** Tokens come from the environment. */
function fileSchemaIn(environment: Environment) {
  const token = z
    .string()
    .transform((text) => expand(text, environment, 'token'))
    .pipe(clientSchema.shape.token)
  return z.strictObject({ clients: z.record(z.string().min(1), clientSchema.extend({ token })) })
}

/** Who may use the proxy, by name. No message has a token in it. @throws UsageError, SwitchboardError */
export async function clientsOf(
  { tokenFile, clientsFile }: Pick<ProxyCommandOptions, 'tokenFile' | 'clientsFile'>,
  environment: Environment,
): Promise<Record<string, ProxyClient>> {
  if (clientsFile === undefined) return { everybody: { token: await tokenIn(tokenFile) } }
  const wrong = (problem: string) => new UsageError(`${clientsFile}: ${problem}`)
  const raw = parseJson(await readPrivate(clientsFile), clientsFile)
  try {
    const { data, error } = fileSchemaIn(environment).safeParse(raw)
    if (data) return data.clients
    const [issue] = error.issues
    throw wrong([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
  } catch (error) {
    throw error instanceof UnsetVariable ? wrong(error.message) : error
  }
}
