import { oneLine } from '../../text/text.ts'
import type { CallDetails, ConversationMark, ConversationView } from '../wire.ts'

interface Line {
  at: number
  label: string
  text: string
}

/** What was said and what was called, one line each, in the order in which it began. */
export function transcript(conversation: ConversationView, calls: readonly CallDetails[]): string {
  const { conversationId, startedAt, endedAt, marks } = conversation
  const lines = [...marks.flatMap(markLine), ...calls.map(callLine)].sort((one, other) => one.at - other.at)
  const lasted = endedAt === undefined ? 'not over yet' : `ended after ${seconds(endedAt - startedAt)}`
  return [
    `Conversation ${conversationId}`,
    `began ${new Date(startedAt).toISOString()}, ${lasted}`,
    '',
    ...lines.map(
      ({ at, label, text }) => `${`+${seconds(at - startedAt)}`.padStart(12)}  ${label.padEnd(10)}${text}`,
    ),
    '',
  ].join('\n')
}

function markLine({ kind, at, text }: ConversationMark): Line[] {
  if (kind === 'interruption') return [{ at, label: 'caller', text: '(interrupts)' }]
  if (kind === 'filler') return [{ at, label: 'silence', text: `(${text ?? 'noticed'})` }]
  if (kind === 'question') return [{ at, label: 'question', text: `(${text ?? 'due'})` }]
  return [{ at, label: kind, text: text === undefined ? '(without words)' : oneLine(text) }]
}

function callLine({ call }: CallDetails): Line {
  const { startedAt, endedAt, code, effect, server, resultText = '', argumentsText } = call
  const took = endedAt === undefined ? '' : ` after ${seconds(endedAt - startedAt)}`
  const result = code === undefined ? 'not over yet' : outcome(code, effect, server)
  return {
    at: startedAt,
    label: 'call',
    text: [`${call.function} ${argumentsText}`, `${result}${took}`, ...(resultText ? [resultText] : [])].join(
      ' → ',
    ),
  }
}

function outcome(code: string, effect: string | undefined, server: string | undefined): string {
  return code === 'ok' ? `answered by ${server}` : `${code}, effect ${effect}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`
}
