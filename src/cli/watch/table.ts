import type { ServerStatus } from '../../contract/protocol.ts'
import { oneLine } from '../../text/text.ts'
import type { Paint, Style } from '../paint.ts'
import { stateStyle } from '../server-state.ts'
import type { WatchModel } from './model.ts'

export interface View {
  title: string
  servers: readonly ServerStatus[]
  model: WatchModel
  now: number
  columns: number
  rows: number
}

interface Cell {
  text: string
  style?: Style
}

const gap = '  '
const maxNameWidth = 24

/** As many lines as fit, none wider than the terminal. */
export function tableLines(view: View, paint: Paint): string[] {
  const { servers, model, title, columns, rows } = view
  const ready = servers.filter(({ state }) => state === 'ready').length
  const summary = servers.length === 0 ? 'no server' : `${ready} of ${servers.length} ready`
  const head = [
    paint('bold', fitted(`${title}: ${summary}. Ctrl+C ends it.`, columns)),
    ...(model.problem === undefined
      ? []
      : [paint('red', fitted(`not read again: ${model.problem}`, columns))]),
    '',
  ]
  const calls = callLines(view, paint)
  const roomForServers = Math.max(2, rows - head.length - Math.min(calls.length, Math.floor(rows / 2)))
  const all = [...head, ...serverLines(view, roomForServers, paint), ...calls]
  return all.slice(0, Math.max(1, rows))
}

function serverLines({ servers, model, now, columns }: View, room: number, paint: Paint): string[] {
  // Where not all fit, those come first that somebody should look at.
  const isTight = servers.length + 1 > room
  const ordered = isTight ? [...servers].sort((a, b) => urgency(b) - urgency(a)) : servers
  const shown = isTight ? ordered.slice(0, Math.max(1, room - 2)) : ordered
  const hasCalls = model.running.size + model.ended.length > 0
  const ofCalls = hasCalls ? ['IN FLIGHT', 'CALLS'] : []
  const header = ['SERVER', 'STATE', 'SINCE', 'FUNCTIONS', ...ofCalls, 'LAST ERROR']
  const rows = shown.map((server): Cell[] => {
    const { ended, failed } = model.countsOf(server.name)
    return [
      { text: fitted(oneLine(server.name), maxNameWidth) },
      { text: server.state, style: stateStyle(server.state) },
      { text: age(now - server.since) },
      { text: server.listed ? `${server.functions.length}` : '-' },
      ...(hasCalls
        ? [
            { text: `${server.inFlight}` },
            { text: failed === 0 ? `${ended}` : `${ended} (${failed} failed)` },
          ]
        : []),
      { text: oneLine(server.lastError ?? ''), style: server.state === 'ready' ? 'dim' : 'reset' },
    ]
  })
  const more = servers.length - shown.length
  return [
    ...aligned([header.map((text): Cell => ({ text, style: 'dim' })), ...rows], columns, paint),
    ...(more > 0 ? [paint('dim', fitted(`… and ${more} more`, columns))] : []),
  ]
}

function callLines({ model, now, columns }: View, paint: Paint): string[] {
  const running = [...model.running.values()].map(({ function: name, server, startedAt }): Cell[] => [
    { text: 'running', style: 'blue' },
    { text: fitted(oneLine(name), maxNameWidth) },
    { text: server ?? 'no server yet' },
    { text: age(now - startedAt) },
  ])
  const ended = model.ended.map(({ function: name, server, code, effect, endedAt, durationMs }): Cell[] => [
    { text: code === 'ok' ? 'answered' : 'failed', style: code === 'ok' ? 'green' : 'red' },
    { text: fitted(oneLine(name), maxNameWidth) },
    { text: server ?? 'no server' },
    { text: `${age(now - endedAt)} ago` },
    { text: `${durationMs} ms${code === 'ok' ? '' : `, ${code}, effect ${effect}`}` },
  ])
  const rows = [...running, ...ended]
  return rows.length === 0 ? [] : ['', ...aligned(rows, columns, paint)]
}

/** The last column gets what is left of the line. */
function aligned(rows: readonly Cell[][], columns: number, paint: Paint): string[] {
  const count = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: count - 1 }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.text.length ?? 0)),
  )
  return rows.map((row) => {
    let left = columns
    const cells = row.map(({ text, style = 'reset' }, column) => {
      const padded = column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0)
      const cell = fitted(padded, left)
      left = Math.max(0, left - cell.length - gap.length)
      return { cell, style }
    })
    const shown = cells.filter(({ cell }) => cell !== '')
    return shown.map(({ cell, style }) => (style === 'reset' ? cell : paint(style, cell))).join(gap)
  })
}

function fitted(text: string, width: number): string {
  if (text.length <= width) return text
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`
}

export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}

function urgency({ state }: ServerStatus): 0 | 1 | 2 {
  if (state === 'failed' || state === 'unauthorized') return 2
  return state === 'ready' ? 0 : 1
}
