import { describe, expect, test } from 'vitest'
import { type AuditOptions, auditTo } from '../../src/audit.ts'
import { maskOf } from '../../src/config/secrets.ts'
import type { JsonObject, SwitchboardEvent } from '../../src/index.ts'
import { Publisher } from '../../src/switchboard/publisher.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'

const names = { callId: 'c1', conversationId: 'v1' }

function lines(events: SwitchboardEvent[], options?: AuditOptions): unknown[] {
  const publisher = new Publisher()
  const written: string[] = []
  const off = auditTo(publisher, { write: (line) => written.push(line) }, options)
  for (const event of events) publisher.publish(event)
  off()
  publisher.publish(ended())
  return written.map((line) => {
    expect(line.endsWith('\n')).toBe(true)
    return JSON.parse(line)
  })
}

const started = (args: JsonObject = {}): SwitchboardEvent => ({
  ...{ type: 'call.started', at: 100, ...names, function: 'pay' },
  arguments: args,
})

const sent = (at: number, generation: number): SwitchboardEvent => ({
  ...{ type: 'call.sent', at, ...names, function: 'pay', server: 'bank', generation },
})

function ended(): SwitchboardEvent {
  const error = { code: 'connection_lost', effect: 'unknown', message: 'It is not known.' } as const
  const attempts = [{ server: 'bank', generation: 2, code: 'connection_lost' as const }]
  return {
    ...{ type: 'call.ended', at: 190, ...names, function: 'pay' },
    outcome: { ok: false, callId: 'c1', server: 'bank', error, attempts, durationMs: 90 },
  }
}

const entry = {
  ...{ type: 'call', conversationId: 'v1', callId: 'c1', function: 'pay', server: 'bank' },
  ...{ code: 'connection_lost', effect: 'unknown' },
  attempts: [{ server: 'bank', generation: 2, code: 'connection_lost' }],
  ...{ startedAt: 100, sentAt: 120, endedAt: 190 },
}

describe('an audit', () => {
  test('has one line for each call, and says nothing of what it was given', () => {
    const events = [started({ to: 'carol' }), sent(120, 1), sent(140, 2), ended()]
    expect(lines(events)).toEqual([entry])
  })

  test('has the arguments where they are asked for, without secrets and hidden characters', () => {
    const mask = maskOf({ kind: 'stdio', command: 'x', args: [], env: { KEY: 'hunter2-hunter2' } }, [])
    const events = [started({ key: 'is hunter2-hunter2', deep: ['a\u202eb'] }), sent(120, 2), ended()]
    expect(lines(events, { arguments: true, mask })).toEqual([
      { ...entry, arguments: { key: 'is [hidden]', deep: ['ab'] } },
    ])
  })

  test('has the beginning of long arguments, in a line that a pipe takes at once', () => {
    const [line] = lines([started({ body: '€'.repeat(3_000) }), sent(120, 2), ended()], { arguments: true })
    const cut = `{"body":"${'€'.repeat(491)}… (cut: 2511 more characters)`
    expect(line).toEqual({ ...entry, arguments: cut })
    expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThan(4_096)
  })

  test('has the line of a call that began before it, and of one that never went out', () => {
    expect(lines([ended(), started(), ended()])).toEqual([
      { ...entry, sentAt: undefined },
      { ...entry, sentAt: undefined },
    ])
  })

  test('says of a call that ran as another one which that was', () => {
    const events = [{ ...started(), sharedWith: 'c0' }, sent(120, 2), ended()]
    expect(lines(events)).toEqual([{ ...entry, sharedWith: 'c0' }])
  })

  test('counts equal calls of a model at once as one that ran, with a real switchboard', async () => {
    const server = new TestServer()
    const { switchboard } = await openReady({ bank: server.stdio() })
    const written: string[] = []
    auditTo(switchboard, { write: (line) => written.push(line) })
    const conversation = switchboard.conversation({ id: 'v1' })
    const [first] = await Promise.all(
      ['a', 'b'].map((response) => conversation.call('charge', { amount: 5 }, { response })),
    )
    expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
    expect(written.map((line) => JSON.parse(line)).map(({ code, sharedWith }) => [code, sharedWith])).toEqual(
      [
        ['ok', undefined],
        ['ok', first?.callId],
      ],
    )
  })

  test('is told of calls by a real switchboard', async () => {
    const { switchboard } = await openReady({ test: new TestServer().stdio() })
    const written: string[] = []
    auditTo(switchboard, { write: (line) => written.push(line) })
    const good = await switchboard.call('token', {})
    const bad = await switchboard.call('nobody\u202eknows', { word: 'hello' })

    const whole = { type: 'call', conversationId: expect.any(String), startedAt: expect.any(Number) }
    expect(written.map((line) => JSON.parse(line))).toEqual([
      {
        ...whole,
        ...{ callId: good.callId, function: 'token', server: 'test', code: 'ok', effect: 'done' },
        attempts: [{ server: 'test', generation: 1, code: 'ok' }],
        ...{ sentAt: expect.any(Number), endedAt: expect.any(Number) },
      },
      {
        ...whole,
        ...{ callId: bad.callId, function: 'nobodyknows', code: 'unknown_function', effect: 'none' },
        ...{ attempts: [], endedAt: expect.any(Number) },
      },
    ])
    expect(written.join('')).not.toContain('hello')
  })
})
