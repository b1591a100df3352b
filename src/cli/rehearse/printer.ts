import type { SwitchboardEvent } from '../../contract/protocol.ts'
import type { VoiceCallEvent } from '../../rehearsal/call/place-call.ts'
import { jsonText } from '../json-output.ts'
import { paintFor, type Style } from '../paint.ts'
import { reasonOf, stateStyle } from '../server-state.ts'

/** What the run shows: every event as it happens, then how it ended. */
export interface Printer {
  note(text: string): void
  problem(text: string): void
  /** Where the page is. */
  page(url: string): void
  /** Where the page for Stately's inspector is. */
  stately(url: string): void
  /** A server was killed on purpose. */
  strike(text: string): void
  server(event: SwitchboardEvent): void
  voice(event: VoiceCallEvent): void
  end(summary: Summary): void
}

export interface Summary {
  ok: boolean
  recording: string
  /** Absent where no mail could go out. */
  outbox?: string
  mails: { file: string; to: string[]; subject: string }[]
  /** What went otherwise than told. */
  complaints: string[]
}

const labelWidth = 9

const statelyWords = [
  "It shows the machines to Stately's inspector, a page that your browser loads from stately.ai when you press the button there.",
  'What it is shown (events, states and contexts, with what callers say and servers answer; no secrets of the configuration)',
  "goes to your browser on this machine, and to nobody before; what Stately's page does with it is up to stately.ai.",
]

/** Text for people; in colour on a terminal. */
export function textPrinter(startedAt: number, write: (line: string) => void): Printer {
  const paint = paintFor(process.stdout)
  const states = new Map<string, string>()
  const line = (label: string, text: string, style: Style = 'reset') => {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(5)
    write(`${paint('dim', `${seconds} s`)}  ${paint(style, label.padEnd(labelWidth))}${text}`.trimEnd())
  }
  return {
    note: (text) => line('', text),
    problem: (text) => line('problem', text, 'yellow'),
    page(url) {
      line('page', paint(['bold', 'cyan'], url), 'bold')
      line('', 'Open it in a browser of this machine. Ctrl+C ends it.', 'dim')
    },
    stately(url) {
      line('stately', paint(['bold', 'cyan'], url), 'bold')
      for (const words of statelyWords) line('', words, 'dim')
    },
    strike: (text) => line('killed', text, ['bold', 'red']),
    server(event) {
      if (event.type === 'server.changed') {
        const { name, state, functions, pid } = event.server
        const before = states.get(name)
        states.set(name, state)
        if (before === state) return
        const arrow = before === undefined ? state : `${before} → ${state}`
        const where = pid === undefined ? [] : [`process ${pid}`]
        const reason = reasonOf(event.server) ?? ''
        const details = state === 'ready' ? [functions.join(', '), ...where].join('; ') : reason
        line(
          'server',
          `${name}: ${arrow}${details === '' ? '' : ` ${paint('dim', details.replace(/\s+/g, ' '))}`}`,
          stateStyle(state),
        )
      } else if (event.type === 'configuration.changed') {
        line('config', ['read again', ...event.warnings].join('; '))
      } else if (event.type === 'configuration.rejected') {
        line('config', `nothing is changed: ${event.reason}`, 'red')
      } else if (event.type === 'tool.changed') {
        line('server', `${event.server}: the definition of ${event.tool} is another than before`, 'yellow')
      } else if (event.type === 'call.started') {
        line('function', `${event.function} ${paint('dim', JSON.stringify(event.arguments))}`, 'blue')
      } else if (event.type === 'call.sent') {
        // Of a server that one conversation alone has, nobody is told here how it is.
        const state = states.get(event.server)
        line('', `sent to ${event.server}${state === undefined ? '' : `, which is ${state}`}`, 'blue')
      } else if (event.type === 'call.progress') {
        line('', `${event.message ?? 'progress'} ${event.progress}${event.total ? ` of ${event.total}` : ''}`)
      } else if (event.type === 'call.ended') {
        const { outcome } = event
        const server = outcome.server ?? 'no server'
        const result = outcome.ok
          ? `${paint('green', 'answered')} by ${server}`
          : `${paint('red', outcome.error.code)}, effect ${outcome.error.effect}, ${server}`
        line('', `${result}, ${outcome.durationMs} ms`)
      }
    },
    voice(event) {
      if (event.type === 'caller.speaking') {
        line(event.kind === 'type' ? 'typed' : 'caller', `“${event.text}”`, ['bold', 'cyan'])
      } else if (event.type === 'heard') {
        line('heard', event.text === '' ? paint('yellow', 'not understood') : `“${event.text}”`, 'dim')
      } else if (event.type === 'agent.said') {
        line('agent', `“${event.text}”${event.interrupted ? ' (interrupted)' : ''}`, ['bold', 'magenta'])
      } else if (event.type === 'turn.ended' && event.timedOut) {
        line('agent', paint('yellow', 'did not answer'))
      } else if (event.type === 'problem') {
        line('problem', event.message, 'yellow')
      }
    },
    end({ ok, recording, outbox, mails, complaints }) {
      write('')
      for (const { to, subject, file } of mails)
        write(`  mail       “${subject}” to ${to.join(', ')}: ${file}`)
      if (outbox !== undefined) write(`  outbox     ${outbox} (mail in it did not leave this machine)`)
      write(`  recording  ${recording} (caller left, agent right)`)
      for (const complaint of complaints) write(paint('red', `  otherwise  ${complaint}`))
      write(
        paint(
          ok ? 'green' : 'red',
          ok ? '\nEverything happened as told.' : '\nNot everything happened as told.',
        ),
      )
    },
  }
}

/** One JSON object a line. */
export function jsonPrinter(startedAt: number, write: (line: string) => void): Printer {
  const print = (event: object) => write(jsonText({ atMs: Date.now() - startedAt, ...event }))
  return {
    note: (text) => print({ type: 'note', text }),
    problem: (text) => print({ type: 'problem', text }),
    page: (url) => print({ type: 'page', url }),
    stately: (url) => print({ type: 'stately', url, note: statelyWords.join(' ') }),
    strike: (text) => print({ type: 'strike', text }),
    server: (event) => print(event),
    voice: (event) => print(event),
    end: (summary) => print({ type: 'summary', ...summary }),
  }
}
