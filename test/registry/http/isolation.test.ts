import { afterAll, beforeAll, expect, test } from 'vitest'
import { idOf, type Service, startService } from './service.ts'

let service: Service
let id: string
const url = 'https://mcp.example.com/mcp'
const canary = 'canary-of-anna'

beforeAll(async () => {
  service = await startService()
  const body = { name: canary, url: `${url}?${canary}`, headers: { 'X-Key': canary } }
  id = idOf(await service.ask('POST', '/servers', { as: 'anna', body }))
})
afterAll(() => service.close())

const absent = '00000000-0000-4000-8000-000000000000'

test.each([
  ['GET', '/servers/{id}', undefined],
  ['PATCH', '/servers/{id}', { name: 'mine' }],
  ['DELETE', '/servers/{id}', undefined],
  ['POST', '/servers/{id}/test', undefined],
  ['POST', '/servers/{id}/sign-in', undefined],
  ['POST', '/servers/{id}/sign-out', undefined],
  ['DELETE', '/templates/{id}', undefined],
])("%s %s: another user's server is as one that is not there", async (method, path, body) => {
  const { ask } = service
  const ofOther = await ask(method, path.replace('{id}', id), { as: 'berta', body })
  const ofNobody = await ask(method, path.replace('{id}', absent), { as: 'berta', body })
  expect({ ...ofOther, headers: undefined }).toEqual({ ...ofNobody, headers: undefined })
  expect(ofOther.status).toBe(path.startsWith('/templates') ? 403 : 404)
  const mine = await ask('GET', `/servers/${id}`, { as: 'anna' })
  expect(mine).toMatchObject({ status: 200, body: { name: canary, version: 1 } })
})

test('lists, orders, audit lines, agents and statuses of one user hold nothing of another', async () => {
  const { ask, agent, store } = service
  const as = 'berta'
  const answers = [
    await ask('GET', '/servers', { as }),
    await ask('GET', '/audit', { as }),
    await ask('GET', '/templates', { as }),
    await ask('PUT', '/servers/order', { as, body: { ids: [id] } }),
    await ask('POST', '/servers', { as, body: { name: canary.toUpperCase(), url } }),
    await ask('GET', '/agent/users/berta/servers', { as: agent }),
    await ask('POST', `/agent/users/berta/servers/${id}/refusal`, { as: agent, body: { status: 401 } }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 409, 201, 200, 404])
  expect(answers.map(({ body }) => JSON.stringify(body)).join()).not.toContain(canary)
  expect(await ask('GET', '/servers', { as: agent })).toMatchObject({ status: 403 })

  const body = { servers: [{ id, status: 'failed', problem: 'x', functions: [] }] }
  expect(await ask('PUT', '/agent/users/berta/statuses', { as: agent, body })).toMatchObject({ status: 204 })
  expect((await store.servers.get('anna', id))?.lastSeen).toBeUndefined()
})

test('an audit log tells a user what is theirs, and an operator everything, without a secret', async () => {
  const { ask, operator } = service
  const line = { action: 'server.added', actor: 'anna', userId: 'anna', subject: id }
  const own = await ask('GET', '/audit', { as: 'anna' })
  expect(own).toMatchObject({ status: 200, body: { lines: [line] } })
  const all = await ask('GET', '/audit?limit=100', { as: operator })
  expect(all).toMatchObject({
    status: 200,
    body: { lines: expect.arrayContaining([expect.objectContaining(line)]) },
  })
  expect(JSON.stringify([own.body, all.body])).not.toContain(`?${canary}`)
})

test('users with strange names are told apart', async () => {
  const { ask, agent } = service
  const users = ['a', 'A', 'a ', "a'--", 'a/b', 'a%2Fb', '../a', '\u00e4', 'a\u0308', '🙂', '%']
  for (const [at, as] of users.entries()) {
    const token = `Bearer ${await service.provider.token(as)}`
    expect(await ask('POST', '/servers', { as: token, body: { name: `s${at}`, url } })).toMatchObject({
      status: 201,
    })
  }
  for (const [at, user] of users.entries()) {
    const path = `/agent/users/${encodeURIComponent(user)}/servers`
    expect(await ask('GET', path, { as: agent })).toMatchObject({
      status: 200,
      body: { servers: [{ name: `s${at}` }] },
    })
  }
})
