import type { CallEnd, ConnectionEvent } from '../../src/contract/connection.ts'
import type { Tool } from '../../src/contract/protocol.ts'
import type { Random } from '../support/random.ts'
import { questionOf } from './behaviour.ts'

/** Something that a connection which is left says late: nobody may care. */
export function lateWord(
  random: Random,
  { generation, callId, tools }: { generation: number; callId: string; tools: Tool[] },
): ConnectionEvent {
  const end: CallEnd = { ok: true, content: [{ type: 'text', text: 'late' }] }
  return random.pick<ConnectionEvent>([
    { type: 'connection.connected', generation },
    { type: 'connection.tools', generation, tools, rejected: [] },
    { type: 'connection.call.sent', generation, callId },
    { type: 'connection.call.progress', generation, callId, progress: { progress: 1 } },
    { type: 'connection.call.ended', generation, callId, end },
    { type: 'connection.call.late', generation },
    {
      type: 'connection.question',
      generation,
      questionId: 'late',
      callId,
      question: questionOf('form', 'late'),
    },
    { type: 'connection.question.withdrawn', generation, questionId: 'late' },
    { type: 'connection.checked', generation, ok: false, lastByteAt: 0 },
    { type: 'connection.checked', generation, ok: true, lastByteAt: 0, latencyMs: 1 },
    { type: 'connection.heard', generation, at: 0 },
    { type: 'connection.suspect', generation, reason: 'late' },
    { type: 'connection.garbled', generation, reason: 'late' },
    { type: 'connection.stream.lost', generation, reason: 'late' },
    { type: 'connection.lost', generation, reason: 'late', permanent: true, ends: [] },
    { type: 'connection.unauthorized', generation, reason: 'late', ends: [] },
  ])
}
