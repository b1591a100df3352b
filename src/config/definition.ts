import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { milliseconds } from '../contract/policy.ts'
import { logLevels } from '../contract/protocol.ts'
import type { Credentials } from '../contract/user-servers.ts'
import type { SealedTarget } from './sealed-target.ts'

export const toolOptionsSchema = z.strictObject({
  /** The name under which the model sees it. */
  as: z.string().min(1).optional(),
  readOnly: z.boolean().optional(),
  idempotent: z.boolean().optional(),
  /** Whether the caller must say yes first. Default: what the tool's own `destructiveHint` says, else no. */
  confirm: z.boolean().optional(),
  timeoutMs: milliseconds.optional(),
  /** Left out unless its definition has this hash; a refusal tells the one that it has. */
  hash: z
    .string()
    .regex(/^sha256-[A-Za-z0-9+/]{43}=$/, 'it is "sha256-" and 44 characters of Base64')
    .optional(),
})

/** Our own options of one server, under its key `switchboard`. */
export const serverOptionsSchema = z.strictObject({
  /** Servers of one group are interchangeable. */
  group: z.string().min(1).optional(),
  /** The higher is asked first. */
  priority: z.number().default(0),
  connectTimeoutMs: milliseconds.optional(),
  callTimeoutMs: milliseconds.optional(),
  maxInFlight: z.number().int().positive().optional(),
  /** Whether `readOnlyHint` and `idempotentHint` of this server may decide that a call is sent again. */
  trustAnnotations: z.boolean().default(false),
  /** The least severe messages of its log that the server is asked for. Default: it is not asked, and logs as it wants. */
  logLevel: z.enum(logLevels).optional(),
  /** Folders that a stdio server is told it may work in, if it asks. Default: it cannot ask. */
  roots: z.array(z.string().min(1)).optional(),
  /** Whether what it says of itself may stand in an agent's instructions. Default: yes, but not for a conversation's own. */
  instructions: z.boolean().optional(),
  /** Of its prompts, those whose text belongs into an agent's instructions, with their arguments. */
  prompts: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** Whether an agent may read what it links to or lists as its resources. */
  resources: z.boolean().default(false),
  /** Only these tools. */
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).default([]),
  /** It is `switchboard proxy`: its word on how a call ended is believed, and its deadlines hold. */
  proxy: z.boolean().optional(),
  tools: z.record(z.string(), toolOptionsSchema).default({}),
})

export type ServerOptions = z.infer<typeof serverOptionsSchema>

export interface ServerDefinition {
  name: string
  target: SealedTarget
  options: ServerOptions
  /** What goes along with each request beside the target's own headers; it changes while the server stays the same. */
  credentials?: Credentials
}

/** One entry of `mcpServers`: a definition, or what is wrong with it. */
export type ServerEntry =
  | { name: string; definition: ServerDefinition; problem?: never }
  | { name: string; problem: string; definition?: never }

/** Whether both lead to the same connection. Credentials are the same only if they are one object: they change by themselves. */
export function isSameEntry(one: ServerEntry, other: ServerEntry): boolean {
  return one.definition?.credentials === other.definition?.credentials && isDeepStrictEqual(one, other)
}
