import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
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

test('a call at a server that is replaced is accounted for', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')

  await opened.switchboard.configure({ mcpServers: { bank: server.stdio({ priority: 1 }) } })

  expect(await call).toMatchObject({ ok: false, error: { code: 'connection_lost', effect: 'unknown' } })
  await opened.untilReady('bank')
  expect(await opened.switchboard.call('charge', { amount: 2 })).toMatchObject({ ok: true })
})
