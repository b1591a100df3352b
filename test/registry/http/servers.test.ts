import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { problemSchema, serverSchema } from '../../../src/registry/wire.ts'
import { errorsOf, idOf, type Service, startService } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService({ limits: { maxServersPerUser: 4 } })
})
afterAll(() => service.close())

const pageSchema = z.object({
  servers: z.array(z.object({ id: z.string() })),
  nextCursor: z.string().optional(),
})
const url = 'https://mcp.example.com/mcp'
const iso = expect.stringMatching(/^\d{4}-.*Z$/)
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)

test('a server is added, told, changed and removed, without its headers ever being told', async () => {
  const { ask } = service
  const as = 'anna'
  const added = await ask('POST', '/servers', {
    as,
    body: { name: 'Search', url, headers: { 'X-Api-Key': 'canary' }, tools: { exclude: ['wipe'] } },
  })
  const server = {
    ...{ id: uuid, name: 'Search', url, status: 'unknown', enabled: true, version: 1 },
    authorization: { kind: 'headers', names: ['X-Api-Key'] },
    ...{ tools: { exclude: ['wipe'] }, createdAt: iso, updatedAt: iso },
  }
  expect(added).toMatchObject({ status: 201, body: server })
  expect(serverSchema.parse(added.body)).toEqual(server)
  const path = `/servers/${idOf(added)}`
  expect(added.headers.get('location')).toBe(`/api/mcp${path}`)

  const told = await ask('GET', path, { as })
  expect(told).toMatchObject({ status: 200, body: server })
  expect(told.headers.get('etag')).toBe('"1"')
  expect(told.headers.get('cache-control')).toBe('no-store')
  expect(await ask('GET', '/servers', { as })).toMatchObject({ status: 200, body: { servers: [server] } })

  const changed = await ask('PATCH', path, { as, body: { name: 'Find', enabled: false } })
  const after = { ...server, name: 'Find', enabled: false, status: 'disabled', version: 2 }
  expect(changed).toMatchObject({ status: 200, body: after })
  expect(changed.headers.get('etag')).toBe('"2"')

  expect(await ask('DELETE', path, { as })).toMatchObject({ status: 204, body: '' })
  expect(await ask('GET', path, { as })).toMatchObject({ status: 404 })
  expect(await ask('GET', '/servers', { as })).toMatchObject({ body: { servers: [] } })
})

test('what is wrong with a new server is told field by field, and nothing is added', async () => {
  const { ask } = service
  const as = 'berta'
  const refusals = async (body: unknown) => {
    const answer = await ask('POST', '/servers', { as, body })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(problemSchema.parse(answer.body).title).toBe('Bad Request')
    return errorsOf(answer)
  }
  expect(await refusals({ name: '', url })).toHaveProperty('/name')
  expect(await refusals({ name: 'x', url: 'nowhere' })).toHaveProperty('/url')
  expect(await refusals({ name: 'x', url: 'ftp://mcp.example.com' })).toHaveProperty('/url')
  expect(await refusals({ name: 'x', url, headers: { 'a b': 'c' } })).toHaveProperty('/headers/a b')
  expect(await refusals({ name: 'x', url, headers: { a: 'c\r\nd: e' } })).toHaveProperty('/headers/a')
  expect(
    await refusals({ name: 'x', url, headers: { Host: 'a', 'Mcp-Session-Id': 'b', 'X-Key': 'c' } }),
  ).toEqual({
    '/headers/Host': 'is set by the client itself; leave it out',
    '/headers/Mcp-Session-Id': 'is set by the client itself; leave it out',
  })
  expect(await refusals({ name: 'x', url, tools: { include: [1] } })).toHaveProperty('/tools/include/0')
  expect(await refusals({ name: 'x', url, tools: { include: ['\0'] } })).toHaveProperty('/tools/include/0')
  expect(await refusals({ name: 'x', url, tools: { include: ['\ud800'] } })).toHaveProperty(
    '/tools/include/0',
  )
  expect(await refusals({ name: 'x', url, templateId: '00000000-0000-4000-8000-000000000000' })).toEqual({
    '/templateId': 'there is no such template',
  })
  for (const value of [null, 1, 'text', [], [[]], true]) expect(await refusals(value)).toHaveProperty('')
  const command = {
    '/command':
      '"command" is not known here: a server is named by its https address alone, in "url"; the registry starts no commands',
    '/args':
      '"args" is not known here: a server is named by its https address alone, in "url"; the registry starts no commands',
  }
  expect(await refusals({ name: 'x', url, command: 'sh', args: ['-c', 'id'] })).toEqual(command)
  expect(await refusals({ name: 'x', url, enbaled: true })).toEqual({
    '/enbaled': '"enbaled" is not known here; did you mean "enabled"?',
  })
  expect(await ask('GET', '/servers', { as })).toMatchObject({ body: { servers: [] } })
})

const publicHost = 'give an https address of a public host, or ask the operator to allow this one'
const words = {
  name: 'give a name of 1 to 60 characters',
  url: 'give an https address, such as https://example.com/mcp',
  header: 'name a header with 1 to 60 letters, digits and hyphens, such as X-Api-Key',
  tool: 'give the name of a tool, of 1 to 200 characters',
  tools: 'give a list of names of tools',
  id: 'give an id as the registry has told it (a UUID)',
}

test.each<[unknown, Record<string, string>]>([
  [{}, { '/name': words.name, '/url': words.url }],
  [
    { name: 'x'.repeat(61), url: 'mcp' },
    { '/name': words.name, '/url': words.url },
  ],
  [
    { name: '-x', url: `https://example.com/${'x'.repeat(2_000)}` },
    {
      '/name': 'use letters, digits, spaces and _.()- only, a letter or digit first',
      '/url': 'give an address of at most 2000 characters',
    },
  ],
  [{ name: 'x', url, headers: { 'a b': 'c' } }, { '/headers/a b': words.header }],
  [{ name: 'x', url, headers: [] }, { '/headers': 'give an object of header names and values' }],
  [{ name: 'x', url, headers: { A: 1 } }, { '/headers/A': 'give the value of the header as a text' }],
  [
    { name: 'x', url, tools: { include: 'find', confirm: [''] }, templateId: 'mine', enabled: 'yes' },
    {
      ...{ '/tools/include': words.tools, '/tools/confirm/0': words.tool },
      ...{ '/templateId': words.id, '/enabled': 'give true or false' },
    },
  ],
  [[], { '': 'give a JSON object' }],
])('%j is refused with what to do', async (body, errors) => {
  expect(errorsOf(await service.ask('POST', '/servers', { as: 'berta', body }))).toEqual(errors)
})

test('only where something might have been changed it is told that nothing was', async () => {
  const { ask } = service
  const as = 'berta'
  const detail = `The request is not as it has to be (/id: ${words.id}); correct what "errors" names.`
  expect(await ask('GET', '/servers/mine', { as })).toMatchObject({ status: 400, body: { detail } })
  expect(await ask('PATCH', '/servers/mine', { as, body: {} })).toMatchObject({
    ...{ status: 400, body: { detail: `${detail} Nothing was changed.` } },
  })
})

test.each([
  ['http://mcp.example.com', 'it is not https'],
  ['https://127.0.0.1/mcp', 'it is not at a public address'],
  ['https://[::ffff:10.0.0.1]/', 'it is not at a public address'],
  ['https://0x7f.1/', 'it is not at a public address'],
  ['https://169.254.169.254/latest/meta-data', 'it is not at a public address'],
  ['https://localhost/', 'it names a host of a private network'],
  [
    'https://user:secret@mcp.example.com/',
    'it has a user name or a password in it',
    'leave them out of it, and put what the server wants into headers, such as Authorization',
  ],
])('%s is refused when it is added and when it is changed to', async (bad, reason, remedy = publicHost) => {
  const { ask } = service
  const as = `changer-${Buffer.from(bad).toString('base64url')}`
  const told = { '/url': `${reason}; ${remedy}` }
  expect(errorsOf(await ask('POST', '/servers', { as, body: { name: 'x', url: bad } }))).toEqual(told)
  const id = idOf(await ask('POST', '/servers', { as, body: { name: 'x', url } }))
  const changed = await ask('PATCH', `/servers/${id}`, { as, body: { url: bad } })
  expect(changed.status).toBe(400)
  expect(errorsOf(changed)).toEqual(told)
})

test('a host that the operator allows may be private', async () => {
  const body = { name: 'x', url: 'http://allowed.internal:8443/mcp' }
  expect(await service.ask('POST', '/servers', { as: 'carla', body })).toMatchObject({ status: 201 })
})

test('names are unique, servers are counted, and pages and the order hold all of them', async () => {
  const { ask } = service
  const as = 'dora'
  const ids: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    ids.push(idOf(await ask('POST', '/servers', { as, body: { name, url } })))
  }
  expect(await ask('POST', '/servers', { as, body: { name: 'e', url } })).toMatchObject({
    status: 409,
    body: {
      ...{ type: 'urn:switchboard:problem:too_many', title: 'Conflict', status: 409 },
      detail: 'At most 4 servers; remove one first. Nothing was changed.',
    },
  })
  expect(await ask('PATCH', `/servers/${ids[0]}`, { as, body: { name: 'b' } })).toMatchObject({
    status: 409,
    body: { type: 'urn:switchboard:problem:name_taken' },
  })
  const order = [...ids].reverse()
  expect(await ask('PUT', '/servers/order', { as, body: { ids: order } })).toMatchObject({ status: 204 })
  expect(await ask('PUT', '/servers/order', { as, body: { ids: order.slice(1) } })).toMatchObject({
    status: 409,
    body: { type: 'urn:switchboard:problem:wrong_order' },
  })

  const seen: string[] = []
  let next = '/servers?limit=3'
  for (let page = 0; page < 2; page++) {
    const { body } = await ask('GET', next, { as })
    const { servers, nextCursor } = pageSchema.parse(body)
    seen.push(...servers.map(({ id }) => id))
    next = `/servers?limit=3&cursor=${encodeURIComponent(nextCursor ?? 'none')}`
  }
  expect(seen).toEqual(order)
  const wrong = await ask('GET', '/servers?cursor=mine', { as })
  expect({ status: wrong.status, errors: Object.keys(errorsOf(wrong)) }).toEqual({
    status: 400,
    errors: ['/cursor'],
  })
  for (const limit of ['0', '101', 'x', '1.5', '']) {
    expect(errorsOf(await ask('GET', `/servers?limit=${limit}`, { as }))).toHaveProperty('/limit')
  }
})

test('If-Match: of many who have read the same, one changes; the others are told, and lose nothing', async () => {
  const { ask } = service
  const as = 'emma'
  const added = await ask('POST', '/servers', { as, body: { name: 'x', url } })
  const path = `/servers/${idOf(added)}`
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      ask('PATCH', path, { as, body: { name: `x${at}` }, headers: { 'If-Match': '"1"' } }),
    ),
  )
  const statuses = answers.map(({ status }) => status).sort()
  expect(statuses).toEqual([200, ...Array.from({ length: 11 }, () => 412)])
  const winner = answers.find(({ status }) => status === 200)
  expect((await ask('GET', path, { as })).body).toEqual(winner?.body)

  for (const tag of ['"1"', 'W/"2"', '"two"', 'nothing']) {
    expect(await ask('DELETE', path, { as, headers: { 'If-Match': tag } })).toMatchObject({ status: 412 })
  }
  const several = { 'If-Match': '"1", "2"' }
  expect(await ask('PATCH', path, { as, body: { name: 'y' }, headers: several })).toMatchObject({
    status: 200,
  })
  expect(await ask('DELETE', path, { as, headers: { 'If-Match': '*' } })).toMatchObject({ status: 204 })
  expect(await ask('DELETE', path, { as, headers: { 'If-Match': '"3"' } })).toMatchObject({ status: 404 })
})

test('a status is what somebody saw less than a minute ago, and else unknown', async () => {
  const { ask, store } = service
  const as = 'frida'
  const id = idOf(await ask('POST', '/servers', { as, body: { name: 'x', url } }))
  await store.servers.observe(as, [
    { id, status: 'degraded', problem: 'slow', functions: ['find'], from: 'call' },
  ])
  const { body } = await ask('GET', `/servers/${id}`, { as })
  expect(body).toMatchObject({
    ...{ status: 'degraded', statusSince: iso },
    lastSeen: { status: 'degraded', at: iso, from: 'call', problem: 'slow', functions: ['find'] },
  })
  await ask('PATCH', `/servers/${id}`, { as, body: { enabled: false } })
  const disabled = serverSchema.parse((await ask('GET', `/servers/${id}`, { as })).body)
  expect({ status: disabled.status, since: disabled.statusSince }).toEqual({ status: 'disabled' })
})

test('a connection is kept for longer than a proxy in front keeps one', async () => {
  expect((await service.ask('GET', '/livez')).headers.get('keep-alive')).toBe('timeout=65')
})

test('addresses and methods that there are not are told as problems', async () => {
  const { ask } = service
  const as = 'greta'
  expect(await ask('GET', '/nothing', { as })).toMatchObject({ status: 404, body: { title: 'Not Found' } })
  expect(await ask('GET', '/servers/%ff', { as })).toMatchObject({ status: 400 })
  expect(await ask('GET', '/servers/not-an-id', { as })).toMatchObject({ status: 400 })
  const wrong = await ask('PUT', '/servers', { as, body: {} })
  expect({ status: wrong.status, allow: wrong.headers.get('allow') }).toEqual({
    status: 405,
    allow: 'GET, POST',
  })
  expect((await ask('GET', '/servers/order', { as })).headers.get('allow')).toBe('PUT')
  expect(await ask('POST', '/servers', { as, text: '{' })).toMatchObject({ status: 400 })
  expect(await ask('POST', '/servers', { as })).toMatchObject({ status: 400 })
  const text = { as, text: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect(await ask('POST', '/servers', text)).toMatchObject({ status: 415 })
  const packed = { as, text: '{}', headers: { 'content-encoding': 'gzip' } }
  expect(await ask('POST', '/servers', packed)).toMatchObject({ status: 415 })
})
