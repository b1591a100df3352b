import { expect, test } from 'vitest'
import { WatchModel } from '../../src/cli/watch/model.ts'
import { tableLines } from '../../src/cli/watch/table.ts'
import type { ServerStatus, SwitchboardEvent } from '../../src/index.ts'

const now = 1_000_000
const conversationId = 'c'
const plain = (_: unknown, text: string) => text

function status(name: string, changes: Partial<ServerStatus> = {}): ServerStatus {
  return {
    ...{ name, state: 'ready', since: now - 5_000, generation: 1, transport: 'stdio', functions: ['f'] },
    ...{ listed: true, inFlight: 0, rejected: [] },
    ...changes,
  }
}

const servers = [
  status('web', { since: now - 200_000, functions: ['a', 'b'], inFlight: 1 }),
  status('mail', { state: 'reconnecting', lastError: 'its process ended\n(exit code 7)', listed: false }),
]

function after(...events: SwitchboardEvent[]): WatchModel {
  const model = new WatchModel()
  for (const event of events) model.take(event)
  return model
}

function lines(view: {
  model?: WatchModel
  columns?: number
  rows?: number
  servers?: ServerStatus[]
}): string[] {
  const common = { title: 'mcp.json', servers, model: new WatchModel(), now, columns: 80, rows: 24 }
  return tableLines({ ...common, ...view }, plain)
}

const started: SwitchboardEvent = {
  ...{ type: 'call.started', at: now - 9_000, callId: '1', conversationId, function: 'send', arguments: {} },
}
const sent: SwitchboardEvent = {
  ...{ type: 'call.sent', at: now - 8_000, callId: '1', conversationId, function: 'send' },
  ...{ server: 'web', generation: 1 },
}
const lost: SwitchboardEvent = {
  ...{ type: 'call.ended', at: now - 2_000, callId: '1', conversationId, function: 'send' },
  outcome: {
    ...{ ok: false, callId: '1', server: 'web', attempts: [], durationMs: 70 },
    error: { code: 'connection_lost', effect: 'unknown', message: '' },
  },
}

test('each server has a line: its state, since when, its functions, and the last error in one line', () => {
  expect(lines({})).toEqual([
    'mcp.json: 1 of 2 ready. Ctrl+C ends it.',
    '',
    'SERVER  STATE         SINCE  FUNCTIONS  LAST ERROR',
    'web     ready         3 min  2        ',
    'mail    reconnecting  5 s    -          its process ended (exit code 7)',
  ])
})

test('once there are calls they are counted, those that run are told, and how the last ones ended', () => {
  expect(lines({ model: after(started, sent) }).slice(2)).toEqual([
    'SERVER  STATE         SINCE  FUNCTIONS  IN FLIGHT  CALLS  LAST ERROR',
    'web     ready         3 min  2          1          0    ',
    'mail    reconnecting  5 s    -          0          0      its process ended (ex…',
    '',
    'running  send  web  9 s',
  ])
  expect(lines({ model: after(started, sent, lost) }).slice(3)).toEqual([
    'web     ready         3 min  2          1          1 (1 failed)',
    'mail    reconnecting  5 s    -          0          0             its process en…',
    '',
    'failed  send  web  2 s ago  70 ms, connection_lost, effect unknown',
  ])
})

test('no line is wider than the terminal, and there are no more than it has', () => {
  const many = Array.from({ length: 30 }, (_, index) => status(`server-${index}`))
  const failed = status('last', { state: 'failed', lastError: 'x'.repeat(200) })
  for (const columns of [10, 30, 60, 200]) {
    for (const rows of [3, 8, 24]) {
      const model = after(started, sent, lost)
      const shown = lines({ servers: [...many, failed], model, columns, rows })
      expect(shown.length).toBeLessThanOrEqual(rows)
      expect(Math.max(...shown.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  }
  // Where not all fit, those come first that somebody should look at.
  expect(lines({ servers: [...many, failed], rows: 8 }).slice(3)).toEqual([
    expect.stringMatching(/^last +failed +5 s/),
    expect.stringMatching(/^server-0 /),
    expect.stringMatching(/^server-1 /),
    expect.stringMatching(/^server-2 /),
    '… and 27 more',
  ])
})

test('a file that cannot be read again is told until one can', () => {
  const rejected: SwitchboardEvent = {
    type: 'configuration.rejected',
    at: now,
    reason: 'mcp.json:1:2: not JSON',
  }
  const changed: SwitchboardEvent = { type: 'configuration.changed', at: now, warnings: [] }
  expect(lines({ model: after(rejected) })[1]).toBe('not read again: mcp.json:1:2: not JSON')
  expect(lines({ model: after(rejected, changed) })[1]).toBe('')
  expect(lines({ servers: [] })[0]).toBe('mcp.json: no server. Ctrl+C ends it.')
})
