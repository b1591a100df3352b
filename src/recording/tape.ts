/**
 * The lines of a recording, one JSON object each: a heading, then inputs, each with the decisions that it led to. What is
 * made (a timer, a connection) is named after the last input before it: `12.2` is the second thing made since input 12.
 */
import { z } from 'zod'
import { serverOptionsSchema } from '../config/definition.ts'
import type { ConnectionEvent } from '../contract/connection.ts'
import { policySchema } from '../contract/policy.ts'
import { errorCodes, logLevels, peerTransports } from '../contract/protocol.ts'
import { readRequestSchema, readResultSchema } from '../contract/reads.ts'

export const formatVersion = 1

const objectSchema = z.record(z.string(), z.unknown())

const errorSchema = z.object({
  code: z.enum(errorCodes),
  effect: z.enum(['none', 'unknown', 'done']),
  message: z.string(),
  retryAfterMs: z.number().optional(),
  cause: z.string().optional(),
  signInUrl: z.string().optional(),
})

const endSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    content: z.array(z.looseObject({ type: z.string() })),
    structured: z.unknown().optional(),
  }),
  z.object({ ok: z.literal(false), error: errorSchema, retryable: z.boolean() }),
])

const readEndSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: readResultSchema }),
  z.object({ ok: z.literal(false), error: errorSchema }),
])

const toolSchema = z.object({
  name: z.string(),
  title: z.string().optional(),
  description: z.string(),
  inputSchema: objectSchema,
  outputSchema: objectSchema.optional(),
  annotations: z.object({
    readOnlyHint: z.boolean().optional(),
    idempotentHint: z.boolean().optional(),
    destructiveHint: z.boolean().optional(),
  }),
  hash: z.string(),
})

const peerSchema = z.object({
  name: z.string(),
  version: z.string(),
  protocolVersion: z.string(),
  transport: z.enum(peerTransports).exactOptional(),
  capabilities: z.array(z.string()),
})

const progressSchema = z.object({
  progress: z.number(),
  total: z.number().optional(),
  message: z.string().optional(),
})

const askedSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('form'), message: z.string(), schema: objectSchema }),
  z.object({ mode: z.literal('url'), message: z.string(), url: z.string() }),
])

const answerSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('accept'), content: objectSchema }),
  z.object({ action: z.enum(['decline', 'cancel']) }),
])

const questionId = z.string()
const generation = z.number()
const callId = z.string()
const reason = z.string()
const ends = z.array(z.object({ callId, end: endSchema }))

const connectionEventSchema: z.ZodType<ConnectionEvent> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('connection.connected'),
    generation,
    pid: z.number().exactOptional(),
    peer: peerSchema.exactOptional(),
    instructions: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('connection.tools'),
    generation,
    tools: z.array(toolSchema),
    rejected: z.array(z.object({ name: z.string(), reason })),
  }),
  z.object({ type: z.literal('connection.call.sent'), generation, callId }),
  z.object({ type: z.literal('connection.call.progress'), generation, callId, progress: progressSchema }),
  z.object({ type: z.literal('connection.call.ended'), generation, callId, end: endSchema }),
  z.object({
    type: z.literal('connection.read.ended'),
    generation,
    readId: z.string(),
    end: readEndSchema,
  }),
  z.object({
    type: z.literal('connection.question'),
    generation,
    questionId,
    callId: callId.exactOptional(),
    question: askedSchema,
  }),
  z.object({ type: z.literal('connection.question.withdrawn'), generation, questionId }),
  z.object({
    type: z.literal('connection.logged'),
    generation,
    level: z.enum(logLevels),
    logger: z.string().optional(),
    text: z.string(),
    dropped: z.number().optional(),
  }),
  z.object({ type: z.literal('connection.call.late'), generation }),
  z.object({
    type: z.literal('connection.checked'),
    generation,
    ok: z.boolean(),
    lastByteAt: z.number(),
    latencyMs: z.number().exactOptional(),
  }),
  z.object({ type: z.literal('connection.heard'), generation, at: z.number() }),
  z.object({ type: z.literal('connection.suspect'), generation, reason }),
  z.object({ type: z.literal('connection.garbled'), generation, reason }),
  z.object({ type: z.literal('connection.stream.lost'), generation, reason }),
  z.object({
    type: z.literal('connection.lost'),
    generation,
    reason,
    permanent: z.boolean(),
    retryAfterMs: z.number().exactOptional(),
    stderr: z.string().exactOptional(),
    ends,
  }),
  z.object({
    type: z.literal('connection.unauthorized'),
    generation,
    reason,
    signInUrl: z.string().exactOptional(),
    ends,
  }),
  z.object({ type: z.literal('connection.closed'), generation }),
])

const entrySchema = z.union([
  z.strictObject({ name: z.string(), problem: z.string() }),
  z.strictObject({
    name: z.string(),
    /** Two entries have the same number exactly if their targets are the same. */
    target: z.object({ kind: z.enum(['stdio', 'http']), number: z.number() }),
    options: serverOptionsSchema,
  }),
])

export type RecordedEntry = z.infer<typeof entrySchema>

/** Pools of servers are numbered: 0 is the shared one, each other belongs to one conversation. */
const pool = z.number()
const conversation = z.number()
const entries = z.array(entrySchema)

const hostInputSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['servers.start', 'servers.configure']), pool, entries }),
  z.object({ type: z.literal('servers.await'), pool, timeoutMs: z.number() }),
  z.object({ type: z.enum(['servers.settle', 'servers.stop']), pool }),
  z.object({ type: z.enum(['server.restart', 'server.renew']), pool, name: z.string() }),
  z.object({
    type: z.literal('server.read'),
    pool,
    name: z.string(),
    readId: z.string(),
    request: readRequestSchema,
    timeoutMs: z.number(),
  }),
  z.object({ type: z.literal('server.read.cancel'), pool, name: z.string(), readId: z.string() }),
  z.object({ type: z.literal('servers.unknown'), pool, problem: z.string().optional() }),
  z.object({ type: z.literal('conversation.open'), pool, conversation, id: z.string() }),
  z.object({ type: z.enum(['conversation.interrupt', 'conversation.end']), conversation }),
  z.object({ type: z.literal('conversation.heard'), conversation, questionId: z.string() }),
  z.object({
    type: z.literal('conversation.speaking'),
    conversation,
    who: z.enum(['caller', 'agent']),
    isSpeaking: z.boolean(),
  }),
  z.object({
    type: z.literal('function.call'),
    conversation,
    callId,
    name: z.string(),
    arguments: objectSchema,
    timeoutMs: z.number().optional(),
    response: z.string().optional(),
    confirmed: z.boolean().optional(),
  }),
  z.object({ type: z.literal('function.cancel'), conversation, callId }),
  z.object({ type: z.literal('question.answer'), conversation, callId, questionId, answer: answerSchema }),
])

const worldInputSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connection.event'), connection: z.string(), event: connectionEventSchema }),
  /** `ConnectionInput.onClosed` was called. */
  z.object({ type: z.literal('connection.gone'), connection: z.string() }),
  /** The connection actor threw: a bug of ours. */
  z.object({ type: z.literal('connection.threw'), connection: z.string(), message: z.string() }),
  z.object({ type: z.literal('timer.fired'), timer: z.string() }),
])

export type HostInput = z.infer<typeof hostInputSchema>
export type WorldInput = z.infer<typeof worldInputSchema>
export type Input = HostInput | WorldInput

const decisionSchema = z.looseObject({ type: z.string() })

export type RecordedDecision = z.infer<typeof decisionSchema>

const headingSchema = z.object({
  line: z.literal('recording'),
  version: z.literal(formatVersion),
  /** The version of this package that wrote it. */
  switchboard: z.string(),
  at: z.number(),
  policy: policySchema,
})

export type Heading = z.infer<typeof headingSchema>

export const lineSchema = z.discriminatedUnion('line', [
  headingSchema,
  z.object({
    line: z.literal('input'),
    number: z.number(),
    at: z.number(),
    /** It came while the machines still reacted to the one before. */
    nested: z.boolean().default(false),
    input: z.union([hostInputSchema, worldInputSchema]),
  }),
  z.object({ line: z.literal('decision'), decision: decisionSchema }),
  /** Nothing is missing. */
  z.object({ line: z.literal('end') }),
])
