import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import { callError, harmless } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import {
  completionSchema,
  promptMessagesSchema,
  promptSchema,
  type ReadRequest,
  type ReadResult,
  resourceContentsSchema,
  resourceSchema,
  resourceTemplateSchema,
} from '../../contract/reads.ts'
import type { ReadAnswer, Reading } from './client.ts'
import { Exchange } from './exchange.ts'
import { endOf, type Failure, problemOf } from './failure.ts'
import { allPages } from './pages.ts'
import { type Tell, tellOf } from './tell.ts'
import { hidesSomething, tidy, Untidy } from './tidy.ts'
import { unhurried } from './unhurried.ts'

const maxItems = 1_000
const maxDescriptionCharacters = 4_000
/** MCP, "Completion". */
const maxCompletions = 100
const maxInstructionsCharacters = 4_000

const pageSchema = z.looseObject({ nextCursor: z.string().optional() })
/** An answer that is none yet (MCP 2026-07-28): whoever reads cannot be asked anything. */
const questionSchema = z.object({ resultType: z.literal('input_required') })

/** A client, as far as it is read through. */
export interface Wire {
  /** Names of what the server can do. */
  capabilities: readonly string[]
  /** The raw result. Ends with `signal`. */
  ask(
    exchange: Exchange,
    method: ReadRequest['method'],
    params: JsonObject,
    signal: AbortSignal,
  ): Promise<unknown>
  failure(error: unknown, exchange: Exchange | undefined): Failure
  release(exchange: Exchange): void
}

/** Never rejects. */
export async function readThrough(
  wire: Wire,
  definition: ServerDefinition,
  request: ReadRequest,
  { signal, onSent, meta }: Reading,
): Promise<ReadAnswer> {
  let exchange: Exchange | undefined
  const ask: Ask = async (method, params) => {
    signal.throwIfAborted()
    exchange = new Exchange(onSent)
    // One for each page: the SDKs never remove their listeners.
    const page = new AbortController()
    const giveUp = () => page.abort(signal.reason)
    signal.addEventListener('abort', giveUp)
    exchange.staysUnsentOn(page.signal)
    try {
      const result = await wire.ask(exchange, method, meta ? { ...params, _meta: meta } : params, page.signal)
      if (questionSchema.safeParse(result).success) throw new Unreadable('asks something first')
      return result
    } finally {
      signal.removeEventListener('abort', giveUp)
      wire.release(exchange)
    }
  }
  try {
    const { capabilities } = wire
    const result = await read(request, { ask, tell: tellOf(definition), capabilities })
    return { end: { ok: true, result }, problem: undefined }
  } catch (error) {
    if (error instanceof Unreadable) {
      const refused = callError('protocol_error', 'none', `${definition.name} ${error.message}.`)
      return { end: { ok: false, error: refused }, problem: undefined }
    }
    const failure = wire.failure(error, exchange)
    const problem = signal.aborted ? undefined : problemOf(failure)
    const end = endOf(failure)
    const unread = end.ok
      ? callError('protocol_error', 'none', 'The answer cannot be read.')
      : harmless(end.error)
    return { end: { ok: false, error: unread }, problem, rpcCode: failure.rpcCode }
  }
}

/** What a server says of itself. */
export function toldInstructions(definition: ServerDefinition, said: string | undefined): string | undefined {
  const text = tellOf(definition)(said ?? '', maxInstructionsCharacters).trim()
  return text === '' ? undefined : text
}

class Unreadable extends Error {}

type Ask = (method: ReadRequest['method'], params: JsonObject) => Promise<unknown>

interface Source {
  ask: Ask
  tell: Tell
  capabilities: readonly string[]
}

async function read(request: ReadRequest, source: Source): Promise<ReadResult> {
  const { method, ...params } = request
  const { ask, tell, capabilities } = source
  const require = (capability: string) => {
    if (!capabilities.includes(capability)) throw new Unreadable(`offers no ${capability}`)
  }
  switch (request.method) {
    case 'prompts/list':
      return { prompts: await list(request.method, 'prompts', promptSchema, source) }
    case 'resources/list':
      return { resources: await list(request.method, 'resources', resourceSchema, source) }
    case 'resources/templates/list': {
      const key = 'resourceTemplates'
      return { resourceTemplates: await list(request.method, key, resourceTemplateSchema, source) }
    }
    case 'prompts/get': {
      require('prompts')
      const { description, messages } = promptMessagesSchema.parse(await ask(method, params))
      const words =
        description === undefined ? {} : { description: tell(description, maxDescriptionCharacters) }
      return { ...words, messages }
    }
    case 'resources/read':
      require('resources')
      return resourceContentsSchema.parse(await ask(method, params))
    case 'completion/complete': {
      // Old servers complete without saying that they can.
      const { completion } = completionSchema.parse(await ask(method, params))
      const values = completion.values.filter((value) => !hidesSomething(value)).slice(0, maxCompletions)
      return { completion: { ...completion, values } }
    }
  }
}

/** Empty where the server has no such thing. One that is malformed, or a trap, is left out. Lets others run in between. */
async function list<Item>(
  method: ReadRequest['method'],
  key: string,
  schema: z.ZodType<Item>,
  { ask, tell, capabilities }: Source,
): Promise<Item[]> {
  const [capability = ''] = method.split('/')
  if (!capabilities.includes(capability)) return []
  const raw = await allPages(async (cursor) => {
    const page = pageSchema.parse(await ask(method, cursor === undefined ? {} : { cursor }))
    return { items: z.array(z.unknown()).parse(page[key]), nextCursor: page.nextCursor }
  })
  const items: Item[] = []
  for await (const candidate of unhurried(raw.slice(0, maxItems))) {
    const item = schema.safeParse(tidied(candidate, tell))
    if (item.success) items.push(item.data)
  }
  return items
}

function tidied(candidate: unknown, tell: Tell): unknown {
  try {
    return tidy(candidate, tell)
  } catch (error) {
    if (error instanceof Untidy) return undefined
    throw error
  }
}
