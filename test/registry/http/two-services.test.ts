import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { until } from '../../support/until.ts'
import { newVault, type Postgres, startPostgres } from '../support.ts'
import { idOf, type Service, secondHere, startService } from './service.ts'

let postgres: Postgres | string
let one: Service
let two: Service

beforeAll(async () => {
  postgres = await startPostgres()
  if (typeof postgres === 'string') return
  const database = { url: await postgres.newDatabase() }
  const vault = newVault()
  one = await startService({ database, vault })
  two = await startService({ database, vault, provider: one.provider })
})
afterAll(async () => {
  if (typeof postgres === 'string') return
  await Promise.all([two.close(), one.close()])
  await postgres.close()
})

const server = (name: string) => ({ name, url: 'https://mcp.example.com/mcp', headers: { 'X-Key': name } })

test('two services on one database agree, and changes at one are told at the other within a second', async (context) => {
  if (typeof postgres === 'string') return context.skip(postgres)
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const response = await fetch(`${two.url}/api/mcp/agent/users/anna/events`, {
    ...{ headers: { authorization: two.agent }, signal: stop.signal },
  })
  let told = ''
  const read = async () => {
    for await (const bytes of response.body ?? []) told += Buffer.from(bytes).toString()
  }
  read().catch(() => {})
  const secondMs = await secondHere(two)
  const id = idOf(await one.ask('POST', '/servers', { as: 'anna', body: server('mail') }))
  await until(() => told.includes('event: servers\n'), 'the change at the other service', secondMs)
  expect(await two.ask('GET', '/agent/users/anna/servers', { as: two.agent })).toMatchObject({
    body: { servers: [{ id, name: 'mail', headers: { 'X-Key': 'mail' } }] },
  })

  // The same name, and the same version, at both at once: one has it.
  const as = 'anna'
  const names = await Promise.all(
    [one, two].map(({ ask }) => ask('POST', '/servers', { as, body: server('x') })),
  )
  expect(names.map(({ status }) => status).sort()).toEqual([201, 409])
  const change = { as, body: { enabled: false }, headers: { 'If-Match': '"1"' } }
  const changes = await Promise.all([one, two].map(({ ask }) => ask('PATCH', `/servers/${id}`, change)))
  expect(changes.map(({ status }) => status).sort()).toEqual([200, 412])
})

test('a database that is away is told as such, nothing is half done, and it goes on when the database is back', async (context) => {
  if (typeof postgres === 'string') return context.skip(postgres)
  const { server: process } = postgres
  if (process === undefined) return context.skip('skipped: the PostgreSQL server is not ours to stop')
  const before = await one.ask('GET', '/servers', { as: 'anna' })
  await process.stop()
  const away = await one.ask('POST', '/servers', { as: 'anna', body: server('lost') })
  expect({ status: away.status, retryAfter: away.headers.get('retry-after'), body: away.body }).toMatchObject(
    {
      ...{ status: 503, retryAfter: '5' },
      body: {
        type: 'urn:switchboard:problem:database_unreachable',
        detail: expect.stringMatching(/^The database cannot be reached\. Nothing was changed/),
      },
    },
  )
  expect(await one.ask('GET', '/readyz')).toMatchObject({
    ...{ status: 503, body: { ready: false, reasons: ['The database cannot be reached.'] } },
  })
  expect(await one.ask('GET', '/livez')).toMatchObject({ status: 200 })
  await process.start()
  await until(async () => (await one.ask('GET', '/readyz')).status === 200, 'the database')
  await until(async () => (await one.ask('GET', '/servers', { as: 'anna' })).status === 200, 'an answer')
  expect((await one.ask('GET', '/servers', { as: 'anna' })).body).toEqual(before.body)
  expect(await two.ask('POST', '/servers', { as: 'anna', body: server('found') })).toMatchObject({
    status: 201,
  })
})
