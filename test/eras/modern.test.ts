import { describe, expect, test } from 'vitest'
import { Subject } from '../faults/subject.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, eras, killServer, transports } from '../support/transports.ts'
import { until } from '../support/until.ts'

/** One hour. */
const ttl = ['--ttl', '3600000']

describe.each(transports)('a server of 2026-07-28 over %s', (over) => {
  test('tells of a change, which `ttlMs` does not hide', async () => {
    const server = new TestServer('--era', 'modern', ...ttl, '--only', 'change')
    const opened = await openReady({ it: await entryOf(server, over) })
    await opened.switchboard.call('change', { where: 'events' })
    await opened.until('the new tool is offered', () => opened.server('it').functions.includes('extra'))
    expect(await opened.switchboard.call('extra', {})).toMatchObject({ ok: true })
  })

  test('changes while its stream of events is away: it is opened again, and the tools are listed anew', async () => {
    const subject = new Subject(over, 'modern', [...ttl, '--only', 'change'])
    const opened = await openReady({ it: await subject.entry() })
    const { server } = subject
    const listens = () => server.journal.filter(({ event }) => event === 'listen').length
    await until(() => listens() === 1, 'it is listened to')
    server.order({ at: 'signal', ending: 'end events' })
    await (over === 'http' ? subject.control('drop-events') : subject.obeySignal())
    await opened.switchboard.call('change', { where: 'events' })

    await opened.until('the new tool is offered', () => opened.server('it').functions.includes('extra'))
    expect(listens()).toBe(2)
    expect(opened.statesOf('it')).toEqual(['connecting', 'ready'])
  })

  test('dies with a safe call, which is sent again once', async () => {
    const subject = new Subject(over, 'modern', ['--only', 'look'])
    const entry = await subject.entry({ tools: { look: { readOnly: true } } })
    const opened = await openReady({ it: entry }, { patienceMs: 20_000 })
    subject.server.order({ at: 'tools/call', run: 'started', once: true, ending: 'die' })
    const call = opened.switchboard.call('look', {})
    await opened.untilState('it', 'reconnecting')
    await subject.lift()

    const { ok, attempts } = await call
    expect([ok, attempts.map(({ code }) => code)]).toEqual([true, ['connection_lost', 'ok']])
    expect(subject.server.runs('look')).toEqual({ started: 2, finished: 1 })
  })
})

test.each(eras)(
  'one process is started for each connection, whatever era its server speaks: %s',
  async (era) => {
    const server = new TestServer('--era', era, '--only', 'charge')
    const opened = await openReady({ it: server.stdio() })
    const started = () => server.journal.filter(({ event }) => event === 'started').length
    expect(started()).toBe(1)
    await killServer(server)
    await opened.untilState('it', 'ready', 2)
    expect(started()).toBe(2)
  },
)
