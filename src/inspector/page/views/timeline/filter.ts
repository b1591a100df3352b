import type { CallView } from '../../../wire.ts'

export const outcomeFilters = ['all', 'running', 'answered', 'failed', 'effect unknown'] as const

export type OutcomeFilter = (typeof outcomeFilters)[number]

/** An empty text lets everything pass. */
export interface CallFilter {
  /** Each of its words stands somewhere in the call. */
  text: string
  function: string
  server: string
  conversationId: string
  outcome: OutcomeFilter
}

export const noFilter: CallFilter = { text: '', function: '', server: '', conversationId: '', outcome: 'all' }

export function isFiltering(filter: CallFilter): boolean {
  return (
    filter.outcome !== 'all' ||
    [filter.text, filter.function, filter.server, filter.conversationId].some(Boolean)
  )
}

export function passes(call: CallView, filter: CallFilter): boolean {
  if (filter.function && call.function !== filter.function) return false
  if (filter.conversationId && call.conversationId !== filter.conversationId) return false
  if (filter.server && !wasAt(call, filter.server)) return false
  return isOfOutcome(call, filter.outcome) && hasWords(call, filter.text)
}

export function isRunning({ state }: CallView): boolean {
  return state !== 'answered' && state !== 'failed'
}

function wasAt(call: CallView, server: string): boolean {
  return call.server === server || call.attempts.some((attempt) => attempt.server === server)
}

function isOfOutcome(call: CallView, outcome: OutcomeFilter): boolean {
  if (outcome === 'all') return true
  if (outcome === 'running') return isRunning(call)
  if (outcome === 'effect unknown') return call.state === 'failed' && call.effect === 'unknown'
  return call.state === outcome
}

function hasWords(call: CallView, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const {
    function: name,
    server = '',
    code = '',
    argumentsText,
    resultText = '',
    callId,
    conversationId,
  } = call
  const servers = call.attempts.map((attempt) => attempt.server)
  const whole = [name, server, ...servers, code, argumentsText, resultText, callId, conversationId]
    .join('\n')
    .toLowerCase()
  return words.every((word) => whole.includes(word))
}
