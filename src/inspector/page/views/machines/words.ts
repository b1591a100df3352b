import type { ActorView, MachineName } from '../../../wire.ts'
import type { Tone } from '../../words.ts'

/** `xstate.after.backOff.server.reconnecting.waiting` → `after backOff`; the machines' own events stay as they are. */
export function eventWords(event: string): string {
  const [, delay] = event.match(/^xstate\.after\.([^.]+)\./) ?? []
  if (delay !== undefined) return `after ${delay}`
  const [, how, child] = event.match(/^xstate\.(done|error)\.actor\.(.+)$/) ?? []
  if (child !== undefined) return `${child} ${how === 'done' ? 'done' : 'failed'}`
  return event === 'xstate.init' ? 'start' : event
}

/** `server.reconnecting`, `server.reconnecting.waiting` → `reconnecting.waiting`. */
export function stateWords(activeStates: readonly string[]): string {
  const innermost = activeStates.at(-1) ?? ''
  return innermost.slice(innermost.indexOf('.') + 1)
}

const kinds = { supervisor: 'Supervisor', server: 'Server', conversation: 'Conversation', call: 'Call' }

export function titleOf({ machine, label }: ActorView): string {
  return machine === 'supervisor' || machine === 'conversation'
    ? capitalised(label)
    : `${kinds[machine]} ${label}`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `14:03:22.120`, by the clock of whoever reads. */
export function preciseTime(at: number): string {
  return `${new Date(at).toLocaleTimeString('en-GB')}.${String(Math.floor(at) % 1000).padStart(3, '0')}`
}

export function toneOf(machine: MachineName, activeStates: readonly string[]): Tone {
  const [, state = ''] = (activeStates[0] ?? '').split('.')
  return tones[machine][state] ?? 'plain'
}

const tones: Record<MachineName, Readonly<Record<string, Tone>>> = {
  supervisor: { running: 'good' },
  server: {
    connecting: 'warn',
    ready: 'good',
    degraded: 'warn',
    reconnecting: 'warn',
    unauthorized: 'bad',
    failed: 'bad',
  },
  conversation: { active: 'good' },
  call: { routing: 'info', waiting: 'warn', running: 'info', answered: 'good', failed: 'bad' },
}
