import { z } from 'zod'
import { type Environment, expand, UnsetVariable } from '../../config/expand.ts'
import { parseJson } from '../../config/json.ts'
import { clientSchema, type ProxyClient } from '../../proxy/client.ts'
import { nearest } from '../../text/nearest.ts'
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

const knownKeys = { file: ['clients'], client: Object.keys(clientSchema.shape) }

/** Who may use the proxy, by name. No message has a token in it. @throws UsageError, SwitchboardError */
export async function clientsOf(
  { tokenFile, clientsFile }: Pick<ProxyCommandOptions, 'tokenFile'> & { clientsFile?: string | undefined },
  environment: Environment,
): Promise<Record<string, ProxyClient>> {
  if (clientsFile === undefined) return { everybody: { token: await tokenIn(tokenFile) } }
  const wrong = (problem: string) => new UsageError(`${clientsFile}: ${problem}`)
  const remedy = `create it as { "clients": { "jobs": { "token": "\${JOBS_TOKEN}" } } }, or name another with --clients`
  const raw = parseJson(await readPrivate(clientsFile, remedy), clientsFile)
  try {
    const { data, error } = fileSchemaIn(environment).safeParse(raw)
    if (data) return data.clients
    const [issue] = error.issues
    throw wrong(issue === undefined ? 'is not of the right form' : inWords(issue))
  } catch (error) {
    if (!(error instanceof UnsetVariable)) throw error
    throw wrong(
      `\${${error.variable}} in ${error.place} is not set; set the variable ${error.variable} to a token`,
    )
  }
}

function inWords(issue: z.core.$ZodIssue): string {
  const place = issue.path.join('.')
  const [key = ''] = issue.code === 'unrecognized_keys' ? issue.keys : []
  const known = issue.path.length === 0 ? knownKeys.file : knownKeys.client
  const what =
    key === ''
      ? issue.message
      : `unknown option "${key}"${nearest(key, known) || `; there is ${known.join(', ')}`}`
  return place === '' ? what : `${place}: ${what}`
}
