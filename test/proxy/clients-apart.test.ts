import { request as httpRequest } from 'node:http'
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, test } from 'vitest'
import { outcomeKey } from '../../src/contract/outcome-meta.ts'
import { inspectionOf } from '../../src/switchboard/inspection.ts'
import { SdkServer } from '../sdk-servers/sdk-server.ts'
import { open, openReady } from '../support/opened.ts'
import { RawServer } from '../support/raw-http.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { call, failed } from './calls.ts'
import { echoing } from './echoing.ts'
import { clientOf, proxyOf, token } from './proxied.ts'

const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

/** The status of a request that names what no `fetch` would. */
function statusOf(url: string, headers: Record<string, string>, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    }
    const request = httpRequest(
      url,
      { method: body === undefined ? 'GET' : 'POST', headers: all },
      (response) => {
        response.destroy()
        resolve(response.statusCode ?? 0)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

describe('a client has its own', () => {
  test('two clients with 1,000 calls each and equal ids: no answer is crossed', async () => {
    const { switchboard, calls } = echoing()
    const proxy = await proxyOf({ switchboard })
    const clients = await Promise.all([clientOf(proxy), clientOf(proxy)])
    const crossed = await Promise.all(
      clients.map(async (client, who) => {
        let wrong = 0
        const numbers = Array.from({ length: 1_000 }, (_, number) => number)
        const one = async () => {
          for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
            const { content } = await call(client, 'echo', { who, number })
            const text = JSON.stringify({ who, number })
            if (JSON.stringify(content) !== JSON.stringify([{ type: 'text', text }])) wrong += 1
          }
        }
        await Promise.all(Array.from({ length: 20 }, one))
        return wrong
      }),
    )
    expect({ crossed, calls: calls() }).toEqual({ crossed: [0, 0], calls: 2_000 })
  })

  test('its token goes to no server', async () => {
    const headers: unknown[] = []
    const server = await RawServer.start()
    for (const method of ['initialize', 'tools/list', 'tools/call']) {
      server.handlers.set(method, (response, id, request) => {
        headers.push(request.headers.authorization)
        server.answer(response, id, method)
      })
    }
    const opened = await openReady({
      server: { url: server.url, headers: { Authorization: 'Bearer of-the-server' } },
    })
    await call(await clientOf(await proxyOf(opened)), 'act')
    expect(headers).toEqual(Array(3).fill('Bearer of-the-server'))
  })

  test('servers and functions that it does not name it neither sees, calls, nor hears of', async () => {
    const [mail, bank] = [new TestServer('--only', 'look'), new TestServer('--only', 'charge,token')]
    const opened = open({ mail: mail.stdio(), bank: bank.stdio(), broken: { command: '/no/such/command' } })
    await opened.untilReady('mail', 'bank')
    await opened.untilState('broken', 'failed')
    const proxy = await proxyOf(opened, {
      clients: {
        reader: { token: 'token-of-the-reader', servers: ['mail'] },
        clerk: { token: 'token-of-the-clerk', functions: ['token'] },
        everybody: { token },
      },
    })
    const seen = async (as: string) => {
      const client = await clientOf(proxy, { as })
      const names = (await client.listTools()).tools.map(({ name }) => name)
      const { content } = await call(client, 'tool_status')
      return { names, status: JSON.stringify(content) }
    }
    expect(await seen('token-of-the-reader')).toEqual({
      names: ['look', 'tool_status'],
      status: JSON.stringify([{ type: 'text', text: 'All tools can be used: look.' }]),
    })
    expect((await seen('token-of-the-clerk')).names).toEqual(['token', 'tool_status'])
    expect((await seen(token)).names).toEqual(['look', 'charge', 'token', 'tool_status'])
    expect((await seen(token)).status).toContain('broken is failed')
    const reader = await clientOf(proxy, { as: 'token-of-the-reader' })
    expect(await call(reader, 'charge', { amount: 1 })).toEqual(
      failed({
        ...{ code: 'unknown_function', effect: 'none' },
        message: 'No server offers a function named charge. Nothing was done.',
      }),
    )
    expect(bank.runs('charge').started).toBe(0)
  })

  test('who sees functions only is not told that nobody has one of them, while servers have not said what they have', async () => {
    const silent = await RawServer.start()
    silent.handlers.set('initialize', () => {})
    silent.handlers.set('server/discover', () => {})
    const clients = { clerk: { token, functions: ['act'] } }
    const client = await clientOf(await proxyOf(open({ silent: { url: silent.url } }), { clients }))
    const message = 'act is not known yet: not all servers have listed their tools.'
    expect(await call(client, 'act')).toEqual(
      failed({ code: 'server_unavailable', effect: 'none', message: `${message} Nothing was done.` }),
    )
    expect((await call(client, 'other'))._meta).toMatchObject({ [outcomeKey]: { code: 'unknown_function' } })
    expect((await call(client, 'tool_status')).content).toEqual([{ type: 'text', text: message }])
  })

  test('what servers log it hears only where that is allowed, since it may be of other clients', async () => {
    const entry = await new SdkServer('v1').entry('stdio', { logLevel: 'info' })
    const opened = await openReady({ it: entry })
    const proxy = await proxyOf(opened, {
      clients: { operator: { token: 'token-of-the-operator', logs: true }, everybody: { token } },
    })
    const listen = async (as: string) => {
      const client = await clientOf(proxy, { as })
      const heard: unknown[] = []
      client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(params))
      return { client, heard }
    }
    const [operator, other] = [await listen('token-of-the-operator'), await listen(token)]
    await call(other.client, 'log', { count: 2 })
    await until(() => operator.heard.length >= 2, 'the operator hears it')
    const message = { level: 'warning', logger: 'it/disk' }
    expect(operator.heard).toEqual([
      { ...message, data: '{"free":1}' },
      { ...message, data: '{"free":2}' },
    ])
    expect(other.heard).toEqual([])
  })

  test('session: nobody else asks in it, it ends when it is idle, and its calls when its client goes', async () => {
    const bank = new TestServer()
    const opened = await openReady({ bank: bank.stdio() }, { callTimeoutMs: 60_000 })
    const proxy = await proxyOf(opened, {
      clients: { one: { token: 'token-of-number-one' }, other: { token: 'token-of-the-other' } },
      sessionIdleMs: 500,
    })
    const client = await clientOf(proxy, { as: 'token-of-number-one' })
    const session = client.transport?.sessionId ?? ''
    const ask = (as: string) =>
      statusOf(proxy.url, { authorization: `Bearer ${as}`, 'mcp-session-id': session }, ping)
    expect(await ask('token-of-number-one')).toBe(200)
    expect(await ask('token-of-the-other')).toBe(404)
    const controller = new AbortController()
    const dropped = fetch(proxy.url, {
      method: 'POST',
      signal: controller.signal,
      headers: {
        ...{ authorization: 'Bearer token-of-number-one', 'mcp-session-id': session },
        ...{ accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'wait' } }),
    })
    await bank.untilStarted('wait')
    await dropped
    controller.abort()
    await bank.untilNoted('cancelled')
    await client.close()
    const { conversations } = inspectionOf(opened.switchboard)
    await until(() => [...conversations].length === 0, 'the idle session ends')
    expect(await ask('token-of-number-one')).toBe(404)
  })
})

test('nobody without a token, under another name, or from a page of somebody else comes in', async () => {
  const proxy = await proxyOf(open({}))
  const { host } = new URL(proxy.url)
  const authorization = `Bearer ${token}`
  const refusals = await Promise.all(
    [undefined, ping].flatMap((body) => [
      statusOf(proxy.url, {}, body),
      statusOf(proxy.url, { authorization: 'Bearer something-else' }, body),
      statusOf(`${proxy.url}?token=${token}`, {}, body),
      statusOf(proxy.url, { authorization, host: 'rebound.example' }, body),
      statusOf(proxy.url, { authorization, origin: 'https://elsewhere.example' }, body),
      statusOf(proxy.url, { authorization, origin: 'null' }, body),
      statusOf(proxy.url, { authorization, origin: `http://${host}` }, body),
    ]),
  )
  // The last ones are let in, and told that they have no session.
  const each = [401, 401, 404, 403, 403, 403, 400]
  expect(refusals).toEqual([...each, ...each])

  const told = async (headers: Record<string, string>) =>
    (await fetch(proxy.url, { method: 'POST', headers })).json()
  const refused = (message: string) => ({ jsonrpc: '2.0', error: { code: -32_000, message }, id: null })
  expect(await told({})).toEqual(refused('Send the token of this proxy as "Authorization: Bearer TOKEN".'))
  expect(await told({ authorization: 'Bearer something-else' })).toEqual(
    refused(
      'What stands in "Authorization" is no token of this proxy; send "Bearer TOKEN" with one that it has now.',
    ),
  )
})
