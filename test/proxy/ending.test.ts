import { PassThrough } from 'node:stream'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, onTestFinished, test } from 'vitest'
import { outcomeKey } from '../../src/contract/outcome-meta.ts'
import { serveProxyStdio } from '../../src/proxy/index.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { clientOf, proxyOf, token } from './proxied.ts'

const charge = { name: 'charge', arguments: { amount: 1, until: 'never' } }

/** What a client is told of a call that the proxy's end cuts short. */
function lost(effect: 'unknown' | 'none', words: string, attempts: object[]) {
  const message = `The proxy ended during the call. ${words}`
  const base = { version: 1, ok: false, code: 'connection_lost', effect, message, attempts }
  return {
    isError: true,
    content: [{ type: 'text', text: `connection_lost (effect: ${effect}): ${message}` }],
    _meta: { [outcomeKey]: expect.objectContaining(base) },
  }
}

const unknown = lost('unknown', 'I do not know whether it was done.', [
  { server: 'bank', generation: 1, code: 'cancelled' },
])

test('a proxy that ends tells each client how its calls ended', async () => {
  const bank = new TestServer('--only', 'charge,look')
  const options = { tools: { look: { confirm: true } } }
  const proxy = await proxyOf(await openReady({ bank: bank.stdio(options) }))
  const old = await clientOf(proxy, { capabilities: { elicitation: {} } })
  let isAsked = false
  old.setRequestHandler(ElicitRequestSchema, () => {
    isAsked = true
    return new Promise(() => {})
  })
  const modern = new ModernClient({ name: 'a stranger', version: '2' })
  await modern.connect(
    new StreamableHTTPClientTransport(new URL(proxy.url), {
      requestInit: { headers: { Authorization: `Bearer ${token}` } },
    }),
  )
  onTestFinished(() => modern.close())
  const calls = [old.callTool(charge), modern.callTool(charge), old.callTool({ name: 'look' })]
  await until(() => isAsked && bank.runs('charge').started === 2, 'all are in flight')
  await proxy.close()
  expect(await Promise.all(calls)).toMatchObject([unknown, unknown, lost('none', 'Nothing was done.', [])])
})

test('over stdio, too', async () => {
  const bank = new TestServer('--only', 'charge')
  const { switchboard } = await openReady({ bank: bank.stdio() })
  const input = new PassThrough()
  const output = new PassThrough()
  const controller = new AbortController()
  const over = serveProxyStdio(switchboard, { input, output, signal: controller.signal })
  const send = (message: object) => input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const clientInfo = { name: 'a client', version: '1' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
  send({ id: 0, method: 'initialize', params })
  send({ method: 'notifications/initialized' })
  send({ id: 1, method: 'tools/call', params: charge })
  await bank.untilStarted('charge')
  controller.abort()
  await over
  const told = String(output.read()).trim().split('\n')
  expect(told.map((line) => JSON.parse(line))).toContainEqual({ jsonrpc: '2.0', id: 1, result: unknown })
})
