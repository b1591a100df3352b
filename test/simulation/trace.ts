import type { ConnectionEvent } from '../../src/contract/connection.ts'
import type { SwitchboardEvent } from '../../src/contract/protocol.ts'
import type { HistoryEvent } from '../history/history.ts'
import type { Deed } from './plan.ts'

/** What a simulation tells of itself, in order: what was planned, what was told, what ran, what connections said. */
export type Told =
  | { kind: 'deed'; deed: Deed }
  | { kind: 'event'; event: SwitchboardEvent }
  | { kind: 'run'; run: Extract<HistoryEvent, { type: 'run' }> }
  | { kind: 'connection'; server: string; event: ConnectionEvent }

/** A line for a person; nothing for what is as it should be. */
export function lineOf(told: Told): string | undefined {
  switch (told.kind) {
    case 'deed': {
      const { do: what, at: _, ...rest } = told.deed
      return `> ${what} ${JSON.stringify(rest)}`
    }
    case 'run':
      return `  ${told.run.server} runs ${told.run.callId}: "${told.run.answer}"`
    case 'connection':
      return connectionLine(told.server, told.event)
    case 'event':
      return eventLine(told.event)
  }
}

function connectionLine(server: string, event: ConnectionEvent): string | undefined {
  if (event.type === 'connection.checked' && event.ok) return undefined
  const { type, generation, ...rest } = event
  const words = 'tools' in rest ? '' : ` ${JSON.stringify(rest)}`
  return `    ${server}#${generation} ${type.replace('connection.', '')}${words === ' {}' ? '' : words}`
}

function eventLine(event: SwitchboardEvent): string | undefined {
  switch (event.type) {
    case 'server.changed':
      if (event.server.state === event.previous) return undefined
      return `  ${event.server.name} is ${event.server.state}`
    case 'call.started':
      return `  ${event.callId} starts: ${event.function}`
    case 'call.sent':
      return `  ${event.callId} is sent to ${event.server}#${event.generation}`
    case 'question.asked':
      return `  ${event.callId} asks its caller: "${event.message}"`
    case 'question.ended':
      return `  ${event.callId} has asked: ${event.how}`
    case 'call.ended': {
      const { outcome } = event
      const how = outcome.ok ? `ok: "${outcome.text}"` : `${outcome.error.code}, ${outcome.error.effect}`
      return `  ${event.callId} ends ${how}`
    }
    default:
      return undefined
  }
}
