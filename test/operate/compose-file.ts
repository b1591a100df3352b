import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url))

const dependencySchema = z.record(z.string(), z.strictObject({ condition: z.string() }))

const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).default([]),
  user: z.string().optional(),
  read_only: z.boolean().default(false),
  init: z.boolean().default(false),
  network_mode: z.string().optional(),
  networks: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: dependencySchema.default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  deploy: z.looseObject({
    resources: z.strictObject({
      limits: z.strictObject({ cpus: z.string(), memory: z.string(), pids: z.number() }),
    }),
  }),
})
export type ComposeService = z.infer<typeof serviceSchema>

const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
})

/** `compose.yaml` as Compose understands it, with the variables of `deploy/example.env`. @throws Error for one that has no value */
export function readCompose(): z.infer<typeof composeSchema> {
  const text = readFileSync(`${projectFolder}compose.yaml`, 'utf8')
  const variables = exampleVariables()
  const filled = (value: unknown): unknown => {
    if (typeof value === 'string') return fill(value, variables)
    if (Array.isArray(value)) return value.map(filled)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one)]))
  }
  return composeSchema.parse(filled(parse(text, { merge: true })))
}

/** `NAME=value` of each line. */
export function exampleVariables(): Record<string, string> {
  const lines = readFileSync(`${projectFolder}deploy/example.env`, 'utf8').split('\n')
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(pairs)
}

/** `${NAME:-default}` and `${NAME:?what it is}`: an empty value is none. */
function fill(text: string, variables: Record<string, string>): string {
  return text.replace(/\$\{([A-Z_]+)(?::([-?])((?:[^{}]|\{[^{}]*\})*))?\}/g, (_, name, kind, rest) => {
    const value = variables[name]
    if (value !== undefined && value !== '') return value
    if (kind === '-') return rest
    throw new Error(`deploy/example.env has no ${name}`)
  })
}
