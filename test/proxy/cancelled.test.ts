import { expect, onTestFinished, test } from 'vitest'
import { library } from '../reads/library.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { proxyOf, token } from './proxied.ts'

/** A session without an SDK. */
async function sessionOf({ url }: { url: string }) {
  const base = { authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' }
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  let session: Record<string, string> = {}
  const send = (...messages: object[]) => {
    const all = messages.map((message) => ({ jsonrpc: '2.0', ...message }))
    return fetch(url, {
      method: 'POST',
      signal: controller.signal,
      headers: { ...base, 'content-type': 'application/json', ...session },
      body: JSON.stringify(all.length === 1 ? all[0] : all),
    })
  }
  const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'c', version: '1' } }
  const { headers } = await send({ id: 0, method: 'initialize', params })
  session = { 'mcp-session-id': headers.get('mcp-session-id') ?? '' }
  await send({ method: 'notifications/initialized' })
  const cancel = (requestId: string) => send({ method: 'notifications/cancelled', params: { requestId } })
  return { send, cancel }
}

function call(id: string, name: string, args: object = {}) {
  return { id, method: 'tools/call', params: { name, arguments: args } }
}

test('a call that is cancelled takes the answers of its batch with it no more', async () => {
  const bank = new TestServer('--only', 'wait,block')
  const { send, cancel } = await sessionOf(await proxyOf(await openReady({ bank: bank.stdio() })))
  const answer = await send(call('a', 'wait'), call('b', 'block', { blockMs: 0, thenMs: 300 }))
  await bank.untilStarted('wait')
  await cancel('a')
  const text = await answer.text()
  const ids = text
    .split('\n')
    .flatMap((line) => (line.startsWith('data: ') ? JSON.parse(line.slice(6)).id : []))
  expect(ids).toEqual(['a', 'b'])
})

test('what is read and cancelled leaves no stream open', async () => {
  const opened = await openReady({ mine: library({ era: 'legacy' }) })
  const { send, cancel } = await sessionOf(await proxyOf(opened))
  const answer = await send({ id: 'a', method: 'resources/read', params: { uri: 'book://slow' } })
  let isOver = false
  const text = answer.text().then((all) => {
    isOver = true
    return all
  })
  await cancel('a')
  await until(() => isOver, 'the stream has ended')
  expect(await text).toBe('')
})
