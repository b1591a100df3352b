import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { WorkerStatus } from '../../src/agent/worker/livekit-worker.ts'
import { openAudit } from '../../src/cli/worker/audit-file.ts'
import { healthOf } from '../../src/cli/worker/health.ts'
import { startHealthServer } from '../../src/cli/worker/health-server.ts'
import { createLogger, logEvent, logForeign } from '../../src/cli/worker/log.ts'
import type { ServerState, SwitchboardEvent } from '../../src/index.ts'
import { temporaryFolder } from './support.ts'

const server = (name: string, state: ServerState, lastError?: string) => ({
  ...{ name, state, functions: 2 },
  ...(lastError === undefined ? {} : { lastError }),
})
type Changes = { [Key in keyof WorkerStatus]: WorkerStatus[Key] | undefined }
const connected: WorkerStatus = { state: 'running', workerId: 'w1', jobs: 0, processes: [] }

describe('a worker is ready', () => {
  test.each<[string, Partial<Changes>, string[]]>([
    [
      'with one server of several',
      { processes: [{ servers: [server('a', 'failed'), server('b', 'ready')] }] },
      [],
    ],
    ['with one that is degraded', { processes: [{ servers: [server('a', 'degraded')] }] }, []],
    [
      'with one process of several',
      { processes: [{ servers: [] }, { servers: [server('a', 'ready')] }] },
      [],
    ],
    ['not without a process', {}, ['No process is prepared for a call yet.']],
    [
      'not without a server',
      { processes: [{ servers: [server('a', 'reconnecting')] }] },
      ['No MCP server is ready.'],
    ],
    [
      'not while it ends, without LiveKit',
      { state: 'draining', workerId: undefined, processes: [{ servers: [server('a', 'ready')] }] },
      ['The worker is ending and takes no more calls.', 'The worker is not connected to LiveKit.'],
    ],
  ])('%s', (_, status, reasons) => {
    const { state = 'running', processes = [] } = status
    const id = 'workerId' in status ? {} : { workerId: 'w1' }
    const { ready, reasons: told } = healthOf({ ...id, state, processes, jobs: 0 })
    expect({ ready, told }).toEqual({ ready: reasons.length === 0, told: reasons })
  })

  test('and tells of each server, and why it is away', () => {
    const processes = [
      { servers: [server('a', 'failed', 'command not found'), server('b', 'ready', 'earlier')] },
    ]
    expect(healthOf({ ...connected, jobs: 2, processes })).toEqual({
      ...{ ready: true, reasons: [], livekit: { connected: true, workerId: 'w1' }, calls: 2 },
      servers: [
        { name: 'a', state: 'failed', functions: 2, reason: 'command not found' },
        { name: 'b', state: 'ready', functions: 2 },
      ],
    })
  })
})

test('the health server answers two paths, to those who only ask', async () => {
  let asked = 0
  const none = { reasons: [], livekit: { connected: true }, calls: 0, servers: [] }
  const health = await startHealthServer('127.0.0.1', 0, () => {
    asked += 1
    return { ready: asked === 1, ...none }
  })
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`${health.url}${path}`, { method })
    return [response.status, await response.json()]
  }
  expect([
    ...[await ask('/livez'), await ask('/readyz'), await ask('/readyz?verbose=1')],
    ...[await ask('/'), await ask('/readyz', 'POST')],
  ]).toEqual([
    [200, { alive: true }],
    [200, { ready: true, ...none }],
    [503, { ready: false, ...none }],
    [404, { error: 'there is /livez and /readyz' }],
    [405, { error: 'only GET and HEAD' }],
  ])
  // `/livez` looks at nothing.
  expect(asked).toBe(2)
  await health.close()
})

test('an audit file is its owner’s alone, and what stands in it stays', async () => {
  const file = join(await temporaryFolder(), 'audit.jsonl')
  openAudit(file).write('1\n')
  openAudit(file).write('2\n')
  expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['1\n2\n', 0o600])
})

describe('the log', () => {
  function logged(work: (logger: pino.Logger) => void): unknown[] {
    const lines: string[] = []
    const mask = (text: string) => text.replaceAll('hunter2', '[hidden]')
    work(createLogger('info', mask, (line) => lines.push(line)))
    return lines.map((line) => {
      const { time, pid, ...rest } = JSON.parse(line)
      expect([typeof time, pid]).toEqual(['string', process.pid])
      return rest
    })
  }

  test('hides secrets and hidden characters wherever they stand, and keeps its level', () => {
    expect(
      logged((logger) => {
        logger.debug('too little')
        logger
          .child({ 'key hunter2': ['hunter2'] })
          .info({ deep: { url: 'x?hunter2' } }, 'a\u202eb %s', 'hunter2')
        logger.error({ error: new Error('no: hunter2') }, 'failed')
      }),
    ).toEqual([
      { level: 'info', 'key [hidden]': ['[hidden]'], deep: { url: 'x?[hidden]' }, msg: 'ab [hidden]' },
      {
        ...{ level: 'error', msg: 'failed' },
        error: { type: 'Error', message: 'no: [hidden]', stack: expect.stringContaining('no: [hidden]') },
      },
    ])
  })

  test('has nothing of what the framework says of calls and callers', () => {
    const given = { 'lk.pii.arguments': { pin: 'secret words' }, speech_id: 's1' }
    expect(
      logged((logger) => {
        logger.child({ jobId: 'job-1', 'lk.pii.room_name': 'of bob' }).info(given, 'executing')
        logForeign(logger, JSON.stringify({ level: 30, msg: 'tool', deep: [given] }))
      }),
    ).toEqual([
      { level: 'info', jobId: 'job-1', speech_id: 's1', msg: 'executing' },
      { level: 'info', deep: [{ speech_id: 's1' }], msg: 'tool' },
    ])
  })

  test('takes in what other loggers write', () => {
    const other = (write: (line: string) => void) => pino({ name: 'other', level: 'trace' }, { write })
    expect(
      logged((logger) => {
        const log = other((line) => logForeign(logger, line))
        log.debug('too little')
        log.warn({ code: 4 }, 'odd')
        logForeign(logger, 'plain hunter2\n\n"json"\n')
      }),
    ).toEqual([
      { level: 'warn', name: 'other', code: 4, msg: 'odd' },
      { level: 'info', msg: 'plain [hidden]' },
      { level: 'info', msg: '"json"' },
    ])
  })

  test('tells of servers and calls, and nothing of what was said', () => {
    const status = { generation: 1, transport: 'stdio', listed: true, inFlight: 0 } as const
    const changed = (state: ServerState, previous: ServerState, lastError?: string): SwitchboardEvent => ({
      ...{ type: 'server.changed', at: 1, previous },
      server: { ...status, ...server('bank', state, lastError), since: 1, functions: ['pay'], rejected: [] },
    })
    const named = { at: 1, callId: 'c1', conversationId: 'v1', function: 'pay' }
    const error = { code: 'timed_out', effect: 'unknown', message: 'secret words' } as const
    expect(
      logged((logger) => {
        const events: SwitchboardEvent[] = [
          changed('ready', 'connecting', 'earlier'),
          changed('ready', 'ready'),
          changed('failed', 'ready', 'it is gone'),
          { type: 'call.started', ...named, arguments: { pin: 'secret words' } },
          {
            ...{ type: 'call.ended', ...named },
            outcome: { ok: false, callId: 'c1', server: 'bank', error, attempts: [], durationMs: 9 },
          },
        ]
        for (const event of events) logEvent(logger, event)
      }),
    ).toEqual([
      { level: 'info', server: 'bank', state: 'ready', functions: 1, msg: 'server ready' },
      {
        ...{ level: 'warn', server: 'bank', state: 'failed', functions: 1 },
        ...{ reason: 'it is gone', msg: 'server failed' },
      },
      {
        ...{ level: 'warn', conversationId: 'v1', callId: 'c1', function: 'pay', server: 'bank' },
        ...{ durationMs: 9, code: 'timed_out', effect: 'unknown', msg: 'call failed' },
      },
    ])
  })
})
