/** The servers and tools of the simulated world, and what each of its functions may do. */
import type { JsonObject, Tool } from '../../src/contract/protocol.ts'

export interface SimulatedFunction {
  tool: Tool
  /** Whether the configuration permits a second run. */
  mayRepeat: boolean
  /** By the configuration below, where a call says nothing else. */
  timeoutMs: number
}

export interface SimulatedPlace {
  over: 'stdio' | 'http'
  /** Our options, under `switchboard`. */
  options: JsonObject
  functions: readonly [SimulatedFunction, ...SimulatedFunction[]]
}

export const defaultTimeoutMs = 15_000

function tool(name: string, annotations: Tool['annotations'] = {}, outputSchema?: JsonObject): Tool {
  const properties = { ticket: { type: 'string' } }
  return {
    name,
    description: `Does ${name}`,
    inputSchema: { type: 'object', properties, required: ['ticket'], additionalProperties: false },
    ...(outputSchema === undefined ? {} : { outputSchema }),
    annotations,
    hash: `sha256-${name}`,
  }
}

const once = (tool: Tool, timeoutMs = defaultTimeoutMs) => ({ tool, mayRepeat: false, timeoutMs })
const often = (tool: Tool, timeoutMs = defaultTimeoutMs) => ({ tool, mayRepeat: true, timeoutMs })

const total = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }
const search = often(tool('search', { readOnlyHint: true }), 10_000)
const searchOptions = { group: 'search', trustAnnotations: true, callTimeoutMs: 10_000 }

/** What servers want to know of a caller. */
export const seatSchema = {
  type: 'object',
  properties: { seat: { type: 'string' } },
  required: ['seat'],
}

/** Of the whole switchboard. */
export const sharedPlaces: Readonly<Record<string, SimulatedPlace>> = {
  mail: { over: 'stdio', options: {}, functions: [once(tool('send_mail'))] },
  bank: {
    over: 'http',
    options: { tools: { balance: { readOnly: true }, charge: { timeoutMs: 8_000 } } },
    functions: [once(tool('charge', {}, total), 8_000), often(tool('balance'))],
  },
  library: { over: 'stdio', options: { ...searchOptions, priority: 1 }, functions: [search] },
  web: { over: 'http', options: searchOptions, functions: [search] },
  /** What it says of its tools is not trusted. */
  notes: {
    over: 'stdio',
    options: { maxInFlight: 3 },
    functions: [
      once(tool('write_note', { idempotentHint: true })),
      once(tool('read_note', { readOnlyHint: true })),
    ],
  },
}

/** Of one conversation. */
export const ownPlaces: Readonly<Record<string, SimulatedPlace>> = {
  diary: { over: 'http', options: {}, functions: [once(tool('write_diary'))] },
}

export const places: Readonly<Record<string, SimulatedPlace>> = { ...sharedPlaces, ...ownPlaces }

export const functions = new Map(
  Object.values(places).flatMap((place) => place.functions.map((one) => [one.tool.name, one] as const)),
)

/** Their entries under `mcpServers`; another `edition` is another definition. */
export function entriesOf(
  wanted: Readonly<Record<string, SimulatedPlace>>,
  editionOf: (name: string) => number = () => 1,
): JsonObject {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, { over, options }]) => {
      const edition = String(editionOf(name))
      const target =
        over === 'stdio'
          ? { command: 'simulated', args: [edition] }
          : { url: `http://${name}.invalid/`, headers: { edition } }
      return [name, { ...target, switchboard: options }]
    }),
  )
}
