/** What goes over HTTP between the registry and its users; for agents see `agent-wire.ts`. The OpenAPI document is made of both. */
import { z } from 'zod'
import { serverStates } from '../contract/protocol.ts'

/** Below the address of the service. */
export const apiPath = '/api/mcp'

/** Of one server that a user adds. */
export const maxNameCharacters = 60
export const maxUrlCharacters = 2_000
const maxHeaders = 10
const maxHeaderValueCharacters = 8_000
const maxNamedTools = 200
export const maxPageSize = 100

// The words of each field follow the field's name, and say what to do.
const wholeName = `give a name of 1 to ${maxNameCharacters} characters`
const name = z
  .string(wholeName)
  .trim()
  .min(1, wholeName)
  .max(maxNameCharacters, wholeName)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} _.()-]*$/u,
    'use letters, digits, spaces and _.()- only, a letter or digit first',
  )
const url = z
  .url({ protocol: /^https?$/, error: 'give an https address, such as https://example.com/mcp' })
  .max(maxUrlCharacters, `give an address of at most ${maxUrlCharacters} characters`)
const headerNameWords = 'name a header with 1 to 60 letters, digits and hyphens, such as X-Api-Key'
const headerName = z.string(headerNameWords).regex(/^[A-Za-z0-9-]{1,60}$/, headerNameWords)
const headerValue = z
  .string('give the value of the header as a text')
  .max(maxHeaderValueCharacters, `give a value of at most ${maxHeaderValueCharacters} characters`)
  // RFC 9110, 5.5: visible characters, spaces and tabs.
  .regex(/^[\t\x20-\x7e]*$/, 'use printable ASCII characters only')
const headers = z
  .record(headerName, headerValue, {
    // A key that is refused has the words of its schema within.
    error: ({ code }) =>
      code === 'invalid_key' ? headerNameWords : 'give an object of header names and values',
  })
  .refine((value) => Object.keys(value).length <= maxHeaders, `give at most ${maxHeaders} headers`)
const toolName = 'give the name of a tool, of 1 to 200 characters'
const toolNames = z
  .array(z.string(toolName).min(1, toolName).max(200, toolName), 'give a list of names of tools')
  .max(maxNamedTools, `name at most ${maxNamedTools} tools`)
const isEnabled = z.boolean('give true or false')
export const anObject = 'give a JSON object'

/** Of a server, a template. */
export const idSchema = z.uuid('give an id as the registry has told it (a UUID)')

/** What a user may decide about the tools of a server. */
export const toolChoiceSchema = z.strictObject(
  {
    /** Only these tools. */
    include: toolNames.optional(),
    exclude: toolNames.optional(),
    /** The caller must say yes first. */
    confirm: toolNames.optional(),
  },
  'give an object with "include", "exclude" or "confirm", each a list of names of tools',
)

export const newServerSchema = z.strictObject(
  {
    name,
    url,
    /** Write-only: never told again, but for their names. */
    headers: headers.optional(),
    templateId: idSchema.optional(),
    enabled: isEnabled.default(true),
    tools: toolChoiceSchema.default({}),
  },
  anObject,
)

/** Absent: as it is. Another origin in `url` drops the stored headers and the sign-in, unless new headers come along. */
export const serverChangeSchema = z.strictObject(
  {
    name: name.optional(),
    url: url.optional(),
    /** Replaces all of them. */
    headers: headers.optional(),
    enabled: isEnabled.optional(),
    tools: toolChoiceSchema.optional(),
  },
  anObject,
)

const everyId = 'give a list of the ids of all your servers, each once'
export const orderSchema = z.strictObject(
  {
    /** Every server of the user, once. */
    ids: z.array(idSchema, everyId).max(1_000, everyId),
  },
  anObject,
)

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

const text = z.string('give a text')
const placeholderWords =
  'name the placeholder as it stands in the address: a small letter first, then letters and digits'
const needWords = 'give a "kind", which is "header", "placeholder" or "signIn", and what belongs to it'

export const templateSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  /** With `{placeholders}` for what the user fills in; at least the origin has none. */
  url: z.string(),
  /** What a user has to give. */
  needs: z.array(
    z.discriminatedUnion(
      'kind',
      [
        z.object({
          kind: z.literal('header'),
          header: headerName,
          label: text,
          hint: text.optional(),
        }),
        z.object({
          kind: z.literal('placeholder'),
          placeholder: z.string(placeholderWords).regex(/^[a-z][A-Za-z0-9]*$/, placeholderWords),
          label: text,
          hint: text.optional(),
        }),
        z.object({ kind: z.literal('signIn') }),
      ],
      needWords,
    ),
    'give a list of what a user has to give',
  ),
})

const templateUrl = `give an address of at most ${maxUrlCharacters} characters, such as https://example.com/{team}/mcp`
export const newTemplateSchema = z.strictObject(
  {
    name,
    description: text.max(500, 'give at most 500 characters').default(''),
    url: z.string(templateUrl).max(maxUrlCharacters, templateUrl),
    needs: templateSchema.shape.needs.max(10, 'ask for at most 10 things').default([]),
  },
  anObject,
)

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
