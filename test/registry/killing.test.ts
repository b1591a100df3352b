import { expect, onTestFinished, test } from 'vitest'
import { createSwitchboard, type Outcome } from '../../src/index.ts'
import { createRegistryClient } from '../../src/registry/client/index.ts'
import { unusedPort } from '../support/listen.ts'
import { until } from '../support/until.ts'
import { BearerServer } from '../user-servers/bearer-server.ts'
import { RegistryProcess } from './registry-process.ts'
import { startPostgres } from './support.ts'

/** No more than a user may have. */
const maxServers = 45

test('killing the service, then the database, loses no call and no write that was confirmed', async ({
  skip,
}) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string' || postgres.server === undefined) {
    console.log(typeof postgres === 'string' ? postgres : 'the server of DATABASE_URL is not ours to kill')
    return skip()
  }
  const { server } = postgres
  onTestFinished(() => postgres.close())
  const bearer = await BearerServer.start()
  const registry = new RegistryProcess(await postgres.newDatabase(), await unusedPort(), bearer.host)
  await registry.start()
  const token = await registry.newKey()
  expect(await registry.addServer('bank', bearer.url, { Authorization: 'Bearer first' })).toBe(true)

  const problems: string[] = []
  const client = createRegistryClient({
    ...{ url: registry.url, token, allowHosts: [bearer.host] },
    onProblem: (reason) => problems.push(reason),
  })
  const userServers = await client.loadUserServers('developer')
  const switchboard = createSwitchboard({ mcpServers: {} })
  switchboard.start()
  const conversation = switchboard.conversation({ userServers })
  onTestFinished(async () => {
    userServers.close()
    await switchboard.stop()
  })
  const isOffered = () => conversation.functions.some(({ name }) => name === 'charge')
  await until(isOffered, 'the tools are there')

  let isOver = false
  const outcomes: Outcome[] = []
  const confirmed: string[] = []
  const call = async () => {
    while (!isOver) outcomes.push(await conversation.call('charge', { amount: 1 }))
  }
  const write = async () => {
    for (let number = 1; !isOver && number < maxServers; number++) {
      if (await registry.addServer(`server ${number}`)) confirmed.push(`server ${number}`)
    }
  }
  const work = Promise.all([call(), write()])
  const more = (what: string, list: readonly unknown[]) => {
    const before = list.length
    return until(() => list.length > before, what)
  }

  await more('a write is confirmed', confirmed)
  await registry.kill()
  await more('the client notices', problems)
  await more('calls go on without the service', outcomes)
  await registry.start()

  server.kill()
  await more('calls go on without the database', outcomes)
  const isBack = () =>
    server
      .start()
      .then(() => true)
      .catch(() => false)
  await until(isBack, 'the database is back')
  await until(() => registry.addServer('after all'), 'writes are taken again')
  isOver = true
  await work

  expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
  expect(bearer.server.runs('charge').started).toBe(outcomes.length)
  expect(isOffered()).toBe(true)
  const names = await registry.names()
  expect(['bank', ...confirmed, 'after all'].filter((name) => !names.includes(name))).toEqual([])
})
