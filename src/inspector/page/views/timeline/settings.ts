import { type CallFilter, noFilter, outcomeFilters } from './filter.ts'
import { defaultSpanMs, type Position, spansMs } from './position.ts'

/** What somebody chose; a reload keeps it. */
export interface Settings {
  position: Position
  filter: CallFilter
}

/** `text`: as it was stored, by whatever version. What does not fit is passed over. */
export function readSettings(text: string | null): Settings {
  const stored = record(parsed(text))
  const position = record(stored.position)
  const filter = record(stored.filter)
  const { spanMs, heldAt } = position
  return {
    position: {
      spanMs: spansMs.find((one) => one === spanMs) ?? defaultSpanMs,
      ...(typeof heldAt === 'number' ? { heldAt } : {}),
    },
    filter: {
      text: string(filter.text),
      function: string(filter.function),
      server: string(filter.server),
      conversationId: string(filter.conversationId),
      outcome: outcomeFilters.find((one) => one === filter.outcome) ?? noFilter.outcome,
    },
  }
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '{}')
  } catch {
    return {}
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
