import type { Outcome } from '../../src/contract/protocol.ts'
import type { HistoryEvent } from './history.ts'

/** What a caller was told, as a history has it; the answer is its first text. */
export function outcomeEvent(
  at: number,
  callId: string,
  outcome: Outcome,
): Extract<HistoryEvent, { type: 'outcome' }> {
  if (!outcome.ok) {
    const { code, effect } = outcome.error
    return { type: 'outcome', at, callId, code, effect }
  }
  const [first] = outcome.content
  const answer = typeof first?.text === 'string' ? first.text : ''
  return { type: 'outcome', at, callId, code: 'ok', effect: 'done', answer }
}
