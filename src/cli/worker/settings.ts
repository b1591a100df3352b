import { z } from 'zod'
import { logLevels } from './environment.ts'

/** What the worker tells its job processes, which are forked by the framework and inherit its environment. */
const settingsSchema = z.strictObject({
  servers: z.union([z.strictObject({ configFile: z.string() }), z.strictObject({ proxyUrl: z.string() })]),
  realtime: z.union([
    z.strictObject({ provider: z.literal('openai') }),
    z.strictObject({ provider: z.literal('rehearsal'), baseURL: z.string() }),
  ]),
  instructions: z.string().optional(),
  registry: z.strictObject({ url: z.string(), allowHosts: z.array(z.string()) }).optional(),
  /** `-`: standard output. */
  audit: z.string().optional(),
  auditArguments: z.boolean(),
  timeline: z.enum(['off', 'calls', 'contents']),
  logLevel: z.enum(logLevels),
})

export type JobSettings = z.infer<typeof settingsSchema>

const variable = 'SWITCHBOARD_WORKER_SETTINGS'

export function settingsToEnvironment(settings: JobSettings): Record<string, string> {
  return { [variable]: JSON.stringify(settings) }
}

export function settingsOfEnvironment(environment: NodeJS.ProcessEnv): JobSettings {
  const text = environment[variable]
  if (text === undefined) throw new Error(`${variable} is not set; start this file with "switchboard worker"`)
  return settingsSchema.parse(JSON.parse(text))
}
