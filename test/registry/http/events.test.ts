import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { until } from '../../support/until.ts'
import { idOf, type Service, secondHere, startService } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService({ limits: { heartbeatMs: 100, maxEventStreams: 2 } })
})
afterAll(() => service.close())

/** What a stream says, as it comes. */
async function listen(path: string, as: string) {
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const authorization = as.includes(' ') ? as : `Bearer ${await service.provider.token(as)}`
  const response = await fetch(`${service.url}/api/mcp${path}`, {
    headers: { authorization },
    signal: stop.signal,
  })
  const heard = { response, text: '', isOver: false, stop: () => stop.abort() }
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) heard.text += decoder.decode(bytes, { stream: true })
  }
  void read()
    .catch(() => {})
    .finally(() => {
      heard.isOver = true
    })
  return heard
}

const add = (as: string, name: string) =>
  service.ask('POST', '/servers', { as, body: { name, url: 'https://mcp.example.com/mcp' } })

test('a change reaches its user and its agents within a second, and nobody else', async () => {
  const { ask, agent } = service
  const own = await listen('/events', 'anna')
  const agents = await listen('/agent/users/anna/events', agent)
  const other = await listen('/events', 'berta')
  expect(own.response.headers.get('content-type')).toBe('text/event-stream')
  const secondMs = await secondHere(service)
  const id = idOf(await add('anna', 'mail'))
  const changed = 'event: servers\ndata: {}\n\n'
  await until(() => own.text.includes(changed) && agents.text.includes(changed), 'the change', secondMs)

  const seen = { servers: [{ id, status: 'ready', functions: [] }] }
  await ask('PUT', '/agent/users/anna/statuses', { as: agent, body: seen })
  const status = 'event: status\ndata: {}\n\n'
  await until(() => own.text.includes(status) && agents.text.includes(status), 'the status', secondMs)

  await until(() => other.text.split(': here\n\n').length > 3, 'signs of life')
  expect(other.text.replaceAll(': here\n\n', '')).toBe('')
})

test('a user has so many streams; one that is closed makes room', async () => {
  const first = await listen('/events', 'carla')
  await listen('/events', 'carla')
  const refused = await service.ask('GET', '/events', { as: 'carla' })
  expect(refused).toMatchObject({ status: 429, body: { type: 'urn:switchboard:problem:too_many_streams' } })
  expect(refused.headers.get('retry-after')).toBe('1')
  const ofOther = await listen('/events', 'dora')
  expect(ofOther.response.status).toBe(200)
  first.stop()
  await until(async () => (await listen('/events', 'carla')).response.status === 200, 'room for another')
})

test('a key that is removed listens no longer than to the next sign of life', async () => {
  const { store } = service
  const { key } = await store.apiKeys.add({ name: 'test' }, 'leaving', 'agent')
  const heard = await listen('/agent/users/emma/events', `Bearer ${key}`)
  await until(() => heard.text.includes(': here'), 'the stream')
  await store.apiKeys.remove({ name: 'test' }, 'leaving')
  await until(() => heard.isOver, 'the end of the stream')
})
