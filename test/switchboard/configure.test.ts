import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSwitchboard, type JsonObject } from '../../src/index.ts'
import { Opened, openReady } from '../support/opened.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

test('configure() touches only what changed', async () => {
  const [kept, changed, removed, added] = [1, 2, 3, 4].map(() => new TestServer('--only', 'token')) as [
    TestServer,
    TestServer,
    TestServer,
    TestServer,
  ]
  const opened = await openReady({
    kept: kept.stdio(),
    changed: changed.stdio(),
    removed: removed.stdio(),
  })
  const before = opened.server('kept')
  const [oldPid, removedPid] = [opened.pid('changed'), opened.pid('removed')]

  await opened.switchboard.configure({
    mcpServers: {
      kept: kept.stdio(),
      changed: changed.stdio({ priority: 3 }),
      added: added.stdio(),
    },
  })
  await opened.untilReady('kept', 'changed', 'added')

  expect(opened.server('kept')).toEqual(before)
  expect(opened.server('changed')).toMatchObject({ generation: 2 })
  expect(opened.pid('changed')).not.toBe(oldPid)
  expect(opened.switchboard.servers.map(({ name }) => name)).toEqual(['kept', 'changed', 'added'])
  await until(() => !isAlive(removedPid) && !isAlive(oldPid), 'what is not wanted any more has ended')
  await opened.until('the removed one is closed', () => opened.statesOf('removed').at(-1) === 'closed')
  expect(opened.statesOf('removed')).toEqual(['connecting', 'ready', 'closing', 'closed'])
})

test('a wrong entry keeps the old definition, its process and its place', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const before = opened.server('bank')

  await opened.switchboard.configure({ mcpServers: { bank: { command: 'node', url: 'http://localhost' } } })

  expect(opened.server('bank')).toEqual(before)
  expect(opened.switchboard.warnings).toEqual([
    'mcpServers.bank has both "command" and "url"; keep the one that is meant; its old definition stays',
  ])
})

test('an unreadable file changes nothing', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const before = opened.switchboard.servers
  const file = join(server.directory, 'broken.json')
  writeFileSync(file, '{ "mcpServers": {')

  await expect(opened.switchboard.configure({ configFile: file })).rejects.toMatchObject({ code: 'not_json' })

  expect(opened.switchboard.servers).toEqual(before)
})

test('a call in flight at a server that is replaced finishes there, and the next one is for its successor', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const first = opened.pid('bank')
  const call = opened.switchboard.call('charge', { amount: 1, until: 'go' })
  await server.untilStarted('charge')

  await opened.switchboard.configure({ mcpServers: { bank: server.stdio({ priority: 1 }) } })
  await opened.untilState('bank', 'ready', 2)
  const next = await opened.switchboard.call('charge', { amount: 2 })
  server.release('go')

  expect(next).toMatchObject({ ok: true, text: `charged 2 by ${opened.pid('bank')}` })
  expect(await call).toMatchObject({
    ok: true,
    text: `charged 1 by ${first}`,
    attempts: [{ server: 'bank', generation: 1, code: 'ok' }],
  })
  await until(() => !isAlive(first), 'the predecessor has ended')
})

test('a call in flight at a server that is removed is cancelled after a grace time, and the server hears of it', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { drainTimeoutMs: 200 })
  const pid = opened.pid('bank')
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')

  await opened.switchboard.configure({ mcpServers: {} })

  expect(opened.switchboard.functions).toEqual([])
  expect(await call).toMatchObject({
    ok: false,
    error: {
      code: 'cancelled',
      effect: 'unknown',
      message: 'bank was taken out of the configuration. I do not know whether it was done.',
    },
    attempts: [{ server: 'bank', generation: 1, code: 'cancelled' }],
  })
  await server.untilNoted('cancelled')
  await until(() => !isAlive(pid), 'the removed server has ended')
})

test('a call that is cancelled while its server is being replaced is cancelled at that server', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { drainTimeoutMs: 600_000 })
  const controller = new AbortController()
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' }, { signal: controller.signal })
  await server.untilStarted('charge')
  await opened.switchboard.configure({ mcpServers: { bank: server.stdio({ priority: 1 }) } })

  controller.abort()

  expect(await call).toMatchObject({ error: { code: 'cancelled', effect: 'unknown' } })
  await server.untilNoted('cancelled')
})

test('stop() does not wait for what a removed server still does', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { drainTimeoutMs: 600_000 })
  const pid = opened.pid('bank')
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  await opened.switchboard.configure({ mcpServers: {} })

  await opened.switchboard.stop()

  expect(await call).toMatchObject({ ok: false, error: { effect: 'unknown' } })
  expect(isAlive(pid)).toBe(false)
})

test('a server that is removed and added again goes on counting its connections', async () => {
  const server = new TestServer('--only', 'token')
  const opened = await openReady({ bank: server.stdio() })
  await opened.switchboard.configure({ mcpServers: {} })

  await opened.switchboard.configure({ mcpServers: { bank: server.stdio() } })

  expect(await opened.untilState('bank', 'ready', 2)).toMatchObject({ functions: ['token'] })
})

test('settled() waits for a definition that was replaced', async () => {
  const server = new TestServer('--only', 'token')
  const opened = await openReady({ bank: server.stdio() })
  await opened.switchboard.configure({ mcpServers: { bank: server.stdio({ priority: 1 }) } })

  await opened.switchboard.settled({ timeoutMs: 20_000 })

  expect(opened.server('bank')).toMatchObject({ state: 'ready', generation: 2 })
})

describe('a watched file', () => {
  const write = (server: TestServer, text: string) => {
    const file = join(server.directory, 'servers.json')
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
    return file
  }
  const textOf = (mcpServers: JsonObject) => JSON.stringify({ mcpServers })

  test('is read again when it is replaced, and only what changed is touched', async () => {
    const server = new TestServer('--only', 'token')
    const configFile = write(server, textOf({ one: server.stdio() }))
    const opened = new Opened(createSwitchboard({ configFile, watch: true }))
    await opened.untilReady('one')
    const before = opened.server('one')

    write(server, textOf({ one: server.stdio(), two: server.stdio({ group: 'g' }) }))
    await opened.untilReady('two')

    expect(opened.server('one')).toEqual(before)
    expect(opened.events.filter(({ type }) => type === 'configuration.changed')).toEqual([
      { type: 'configuration.changed', at: expect.any(Number), warnings: [] },
    ])
  })

  test.each([
    ['no JSON', '{ "mcpServers": {', 'servers.json:1:18'],
    ['of another form', '[]', 'no object "mcpServers" in it'],
  ])('that is %s changes nothing and is reported', async (_, text, reason) => {
    const server = new TestServer('--only', 'token')
    const configFile = write(server, textOf({ one: server.stdio() }))
    const opened = new Opened(createSwitchboard({ configFile, watch: true }))
    await opened.untilReady('one')
    const before = opened.switchboard.servers

    write(server, text)
    const isRejected = () => opened.events.some(({ type }) => type === 'configuration.rejected')
    await opened.until('it is rejected', isRejected)

    expect(opened.events.filter(({ type }) => type.startsWith('configuration.'))).toEqual([
      {
        type: 'configuration.rejected',
        at: expect.any(Number),
        reason: expect.stringContaining(reason),
      },
    ])
    expect(opened.switchboard.servers).toEqual(before)
  })

  test('that changes before start() is read again at the start', async () => {
    const server = new TestServer('--only', 'token')
    const configFile = write(server, textOf({}))
    const switchboard = createSwitchboard({ configFile, watch: true })
    write(server, textOf({ one: server.stdio() }))

    await new Opened(switchboard).untilReady('one')
  })

  test('needs a file', () => {
    expect(() => createSwitchboard({ mcpServers: {}, watch: true })).toThrow('watch needs a configFile')
  })
})
