/** What goes over HTTP between the registry and the agents that talk with its users. */
import { z } from 'zod'
import { serverStates } from '../contract/protocol.ts'
import { anObject, idSchema, toolChoiceSchema } from './wire.ts'

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
export const refusalSchema = z.strictObject(
  {
    /** Of the authorization that was refused; absent where there was none. */
    version: z.int('give the version of the authorization that was refused, a whole number').optional(),
    status: z.union([z.literal(401), z.literal(403)], 'give the status of the refusal, 401 or 403'),
    /** `WWW-Authenticate`, as it came. */
    challenge: z
      .string('give the header WWW-Authenticate as a text')
      .max(4_000, 'give at most 4000 characters')
      .optional(),
  },
  anObject,
)

/** Either another one to try, or where the user signs in. */
export const refusalAnswerSchema = z.object({
  authorization: agentServerSchema.shape.authorization,
  signInUrl: z.url().optional(),
  reason: z.string(),
})

export const maxProblemCharacters = 1_000
export const maxFunctions = 1_000
const functionName = 'give the name of a function, of at most 200 characters'
export const observationSchema = z.strictObject(
  {
    id: idSchema,
    status: z.enum(serverStates, `give one of ${serverStates.join(', ')}`),
    problem: z
      .string('give a text')
      .max(maxProblemCharacters, `give at most ${maxProblemCharacters} characters`)
      .optional(),
    functions: z
      .array(z.string(functionName).max(200, functionName), 'give a list of names of functions')
      .max(maxFunctions, `name at most ${maxFunctions} functions`),
  },
  anObject,
)

const seenServers = 'give a list of at most 1000 servers as they are seen'
export const observationsSchema = z.strictObject(
  { servers: z.array(observationSchema, seenServers).max(1_000, seenServers) },
  anObject,
)

export type AgentServer = z.infer<typeof agentServerSchema>
export type AgentServers = z.infer<typeof agentServersSchema>
export type Refusal = z.infer<typeof refusalSchema>
export type RefusalAnswer = z.infer<typeof refusalAnswerSchema>
export type Observation = z.infer<typeof observationSchema>
