/** Everything that goes over HTTP between the registry, its users and agents. The OpenAPI document is made from these schemas. */
import { z } from 'zod'
import { serverStates } from '../protocol.ts'

/** Of one server that a user adds. */
export const maxNameCharacters = 60
export const maxUrlCharacters = 2_000
const maxHeaders = 10
const maxHeaderValueCharacters = 8_000
const maxNamedTools = 200
export const maxPageSize = 100

const name = z
  .string()
  .trim()
  .min(1)
  .max(maxNameCharacters)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} _.()-]*$/u,
    'letters, digits, spaces and _.()- only, a letter or digit first',
  )
const url = z.url({ protocol: /^https?$/ }).max(maxUrlCharacters)
const headerName = z.string().regex(/^[A-Za-z0-9-]{1,60}$/, 'letters, digits and hyphens only')
const headerValue = z
  .string()
  .max(maxHeaderValueCharacters)
  // RFC 9110, 5.5: visible characters, spaces and tabs.
  .regex(/^[\t\x20-\x7e]*$/, 'printable ASCII only')
const headers = z
  .record(headerName, headerValue)
  .refine((value) => Object.keys(value).length <= maxHeaders, `at most ${maxHeaders} headers`)
const toolNames = z.array(z.string().min(1).max(200)).max(maxNamedTools)

/** What a user may decide about the tools of a server. */
export const toolChoiceSchema = z.strictObject({
  /** Only these tools. */
  include: toolNames.optional(),
  exclude: toolNames.optional(),
  /** The caller must say yes first. */
  confirm: toolNames.optional(),
})

export const newServerSchema = z.strictObject({
  name,
  url,
  /** Write-only: never told again, but for their names. */
  headers: headers.optional(),
  templateId: z.uuid().optional(),
  enabled: z.boolean().default(true),
  tools: toolChoiceSchema.default({}),
})

/** Absent: as it is. Another origin in `url` drops the stored headers and the sign-in, unless new headers come along. */
export const serverChangeSchema = z.strictObject({
  name: name.optional(),
  url: url.optional(),
  /** Replaces all of them. */
  headers: headers.optional(),
  enabled: z.boolean().optional(),
  tools: toolChoiceSchema.optional(),
})

export const orderSchema = z.strictObject({
  /** Every server of the user, once. */
  ids: z.array(z.uuid()).max(1_000),
})

export const statuses = [...serverStates, 'disabled', 'unknown'] as const

export const authorizationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('headers'), names: z.array(z.string()) }),
  z.object({
    kind: z.literal('oauth'),
    state: z.enum(['signed_out', 'signed_in', 'more_needed']),
    /** Of the authorization server. */
    issuer: z.string().optional(),
    scopes: z.array(z.string()),
    expiresAt: z.iso.datetime().optional(),
  }),
])

export const serverSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  /**
   * As somebody saw it less than a minute ago: a call that has it connected, or a test. `unknown`: nobody did. Never made up.
   */
  status: z.enum(statuses),
  statusSince: z.iso.datetime().optional(),
  /** The last that anybody saw of it, however long ago. */
  lastSeen: z
    .object({
      status: z.enum(serverStates),
      at: z.iso.datetime(),
      from: z.enum(['test', 'call']),
      problem: z.string().optional(),
      /** Names of its functions. */
      functions: z.array(z.string()),
    })
    .optional(),
  enabled: z.boolean(),
  templateId: z.uuid().optional(),
  authorization: authorizationSchema,
  tools: toolChoiceSchema,
  /** Also the ETag. */
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
})

export const serverPageSchema = z.object({
  /** In the user's order. */
  servers: z.array(serverSchema),
  /** For the next page; absent on the last. */
  nextCursor: z.string().optional(),
})

/** What a test found. It connects for real, lists the tools, and leaves. */
export const testResultSchema = z.object({
  status: z.enum(serverStates),
  problem: z.string().optional(),
  durationMs: z.number(),
  peer: z.object({ name: z.string(), version: z.string(), protocolVersion: z.string() }).optional(),
  functions: z.array(z.object({ name: z.string(), description: z.string() })),
  rejected: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** It wants somebody to sign in: `POST …/sign-in` begins it. */
  needsSignIn: z.boolean(),
})

/** The browser goes there, and comes back to the registry. */
export const signInSchema = z.object({ authorizationUrl: z.url() })

export const templateSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  /** With `{placeholders}` for what the user fills in; at least the origin has none. */
  url: z.string(),
  /** What a user has to give. */
  needs: z.array(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('header'),
        header: headerName,
        label: z.string(),
        hint: z.string().optional(),
      }),
      z.object({
        kind: z.literal('placeholder'),
        placeholder: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
        label: z.string(),
        hint: z.string().optional(),
      }),
      z.object({ kind: z.literal('signIn') }),
    ]),
  ),
})

export const newTemplateSchema = z.strictObject({
  name,
  description: z.string().max(500).default(''),
  url: z.string().max(maxUrlCharacters),
  needs: templateSchema.shape.needs.max(10).default([]),
})

export const templatesSchema = z.object({ templates: z.array(templateSchema) })

/** What was done, newest first. */
export const auditSchema = z.object({
  lines: z.array(
    z.object({
      at: z.iso.datetime(),
      /** The user's id, the name of an API key, or `registry`. */
      actor: z.string(),
      userId: z.string().optional(),
      /** `server.added`, `signed_in`, … */
      action: z.string(),
      subject: z.string().optional(),
      /** Names of what changed, never a secret. */
      details: z.record(z.string(), z.unknown()),
    }),
  ),
})

/** RFC 9457. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** What to do about it, in a sentence. */
  detail: z.string(),
  /** Which fields, where a body was wrong. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})

/** What an agent needs of one server of its caller. */
export const agentServerSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  tools: toolChoiceSchema,
  /** Where somebody has signed in: what the server is to be given, and until when. */
  authorization: z
    .object({ value: z.string(), version: z.number().int(), expiresAt: z.iso.datetime().optional() })
    .optional(),
  /** Where the user signs in; there when nobody is signed in and the server is known to want it. */
  signInUrl: z.url().optional(),
})

export const agentServersSchema = z.object({
  /** A copy is not used for longer without an answer or a word from the registry. */
  lifetimeMs: z.number().int().positive(),
  /** Enabled ones, in the user's order. */
  servers: z.array(agentServerSchema),
})

/** A server has refused what it was given. */
export const refusalSchema = z.strictObject({
  /** Of the authorization that was refused; absent where there was none. */
  version: z.number().int().optional(),
  status: z.union([z.literal(401), z.literal(403)]),
  /** `WWW-Authenticate`, as it came. */
  challenge: z.string().max(4_000).optional(),
})

/** Either another one to try, or where the user signs in. */
export const refusalAnswerSchema = z.object({
  authorization: agentServerSchema.shape.authorization,
  signInUrl: z.url().optional(),
  reason: z.string(),
})

export const observationSchema = z.strictObject({
  id: z.uuid(),
  status: z.enum(serverStates),
  problem: z.string().max(1_000).optional(),
  functions: z.array(z.string().max(200)).max(1_000),
})

export const observationsSchema = z.strictObject({ servers: z.array(observationSchema).max(1_000) })

export type ToolChoice = z.infer<typeof toolChoiceSchema>
export type NewServer = z.infer<typeof newServerSchema>
export type ServerChange = z.infer<typeof serverChangeSchema>
export type RegisteredServer = z.infer<typeof serverSchema>
export type Authorization = z.infer<typeof authorizationSchema>
export type TestResult = z.infer<typeof testResultSchema>
export type Template = z.infer<typeof templateSchema>
export type NewTemplate = z.infer<typeof newTemplateSchema>
export type AuditPage = z.infer<typeof auditSchema>
export type ProblemDetails = z.infer<typeof problemSchema>
export type AgentServer = z.infer<typeof agentServerSchema>
export type AgentServers = z.infer<typeof agentServersSchema>
export type Refusal = z.infer<typeof refusalSchema>
export type RefusalAnswer = z.infer<typeof refusalAnswerSchema>
export type Observation = z.infer<typeof observationSchema>
