import { Client, StreamableHTTPClientTransport, type Transport as Wire } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { seatRequest } from '../support/caller.ts'
import { TestServer } from '../support/test-server.ts'
import { type Transport, transports } from '../support/transports.ts'
import { until } from '../support/until.ts'

const reply = z.object({
  error: z
    .object({ code: z.number(), data: z.object({ supported: z.array(z.string()).optional() }).optional() })
    .optional(),
})

async function wireTo(server: TestServer, over: Transport): Promise<Wire> {
  if (over === 'http') return new StreamableHTTPClientTransport(new URL((await server.startHttp()).url))
  return new StdioClientTransport({ command: process.execPath, args: server.arguments, stderr: 'inherit' })
}

/** What breaks in the fault table is to be the fault alone. */
test.each(transports)(
  'the client of the SDK finds no fault with the test server of 2026-07-28, over %s',
  async (over) => {
    const server = new TestServer('--era', 'modern', '--only', 'change,ask,progress')
    const client = new Client(
      { name: 'test', version: '1.0.0' },
      { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: { form: {} } } },
    )
    client.setRequestHandler('elicitation/create', async () => ({
      action: 'accept',
      content: { seat: '4A' },
    }))
    let changes = 0
    client.setNotificationHandler('notifications/tools/list_changed', () => void changes++)
    await client.connect(await wireTo(server, over))
    onTestFinished(() => client.close())

    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
    const subscription = await client.listen({ toolsListChanged: true })
    const namesOf = async () => (await client.listTools()).tools.map(({ name }) => name)
    expect(await namesOf()).toEqual(['change', 'ask', 'progress'])
    await client.callTool({ name: 'change', arguments: { where: 'events' } })
    await until(() => changes === 1, 'the change is told')
    expect(await namesOf()).toEqual(['change', 'ask', 'progress', 'extra'])

    const asked = { name: 'ask', arguments: { requests: [seatRequest(), seatRequest('Another?')] } }
    expect((await client.callTool(asked)).content).toEqual([
      { type: 'text', text: JSON.stringify(Array(2).fill({ action: 'accept', content: { seat: '4A' } })) },
    ])
    expect(server.runs('ask')).toEqual({ started: 1, finished: 1 })

    const hangUp = new AbortController()
    const long = client.callTool(
      { name: 'progress', arguments: { steps: 1_000, everyMs: 20 } },
      { signal: hangUp.signal, onprogress: () => hangUp.abort() },
    )
    await expect(long).rejects.toThrow()
    await server.untilNoted('cancelled')

    await subscription.close()
    expect(await subscription.closed).toBe('local')
  },
)

test('over HTTP it refuses what an SDK refuses', async () => {
  const server = new TestServer('--era', 'modern')
  const { url } = await server.startHttp()
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const right = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }
  const post = async (headers: Record<string, string>, message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, ...message })
    const answer = await fetch(url, { method: 'POST', headers, body })
    const { error } = reply.parse(await answer.json())
    return [answer.status, error?.code, error?.data?.supported]
  }
  const list = { method: 'tools/list', params: { _meta } }
  const initialize = { method: 'initialize', params: { protocolVersion: '2025-11-25' } }
  const call = { method: 'tools/call', params: { name: 'token', _meta } }

  expect(await post(right, list)).toEqual([200, undefined, undefined])
  expect(await post({}, initialize)).toEqual([400, -32022, ['2026-07-28']])
  expect(await post({ ...right, 'mcp-method': 'tools/call' }, list)).toEqual([400, -32020, undefined])
  expect(await post({ ...right, 'mcp-method': 'tools/call' }, call)).toEqual([400, -32020, undefined])
  expect(await post({ ...right, 'mcp-method': 'ping' }, { ...list, method: 'ping' })).toEqual([
    404,
    -32601,
    undefined,
  ])
  for (const method of ['GET', 'DELETE']) expect((await fetch(url, { method })).status).toBe(405)
})
