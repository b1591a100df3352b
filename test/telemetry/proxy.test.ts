import { expect, test } from 'vitest'
import { clientOf, entryFor, proxyOf } from '../proxy/proxied.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Recorded, registerGlobals, traceparentOf } from './recorded.ts'

registerGlobals()

test("one trace leads from an agent's call through the proxy to the server", async () => {
  const server = new TestServer()
  const [agent, proxied] = [new Recorded(), new Recorded()]
  const behind = await openReady({ bank: server.stdio() }, { telemetry: proxied.telemetry })
  const proxy = await proxyOf(behind)
  const { switchboard } = await openReady({ all: entryFor(proxy) }, { telemetry: agent.telemetry })
  expect(await switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })

  const [, request] = agent.spans
  const [served, ...beneath] = proxied.facts
  expect(agent.facts.map(({ name, kind, parent }) => [name, kind, parent])).toEqual([
    ['execute_tool charge', 'INTERNAL', undefined],
    ['tools/call charge', 'CLIENT', 'execute_tool charge'],
  ])
  expect(served).toEqual({
    ...{ name: 'tools/call charge', kind: 'SERVER', parent: request?.spanContext().spanId },
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'charge',
      'mcp_switchboard.code': 'ok',
      'mcp_switchboard.effect': 'done',
    },
  })
  expect(beneath.map(({ name, kind, parent }) => [name, kind, parent])).toEqual([
    ['execute_tool charge', 'INTERNAL', 'tools/call charge'],
    ['tools/call charge', 'CLIENT', 'execute_tool charge'],
  ])
  const traces = [...agent.spans, ...proxied.spans].map((span) => span.spanContext().traceId)
  expect(new Set(traces).size).toBe(1)
  expect(server.metas.map(({ traceparent }) => traceparent)).toEqual([traceparentOf(proxied.spans[2])])
})

test('a client of the proxy that tells of no trace, or of something else, begins one', async () => {
  const server = new TestServer()
  const recorded = new Recorded()
  const client = await clientOf(
    await proxyOf(await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })),
  )
  for (const _meta of [undefined, { traceparent: 7 }, { traceparent: 'none', tracestate: 'x' }]) {
    await client.callTool({ name: 'look', arguments: {}, ...(_meta === undefined ? {} : { _meta }) })
  }
  const served = recorded.facts.filter(({ kind }) => kind === 'SERVER')
  expect(served.map(({ parent }) => parent)).toEqual([undefined, undefined, undefined])
})

test('the span of a call that ends with the proxy says what its client is told', async () => {
  const server = new TestServer()
  const recorded = new Recorded()
  const behind = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  const proxy = await proxyOf(behind)
  const client = await clientOf(proxy)
  const call = client.callTool({ name: 'charge', arguments: { amount: 1, until: 'never' } }).catch(() => {})
  await server.untilStarted('charge')
  await proxy.close()
  await call

  const [served, inside] = recorded.facts
  expect([served, inside].map((span) => span?.attributes['mcp_switchboard.code'])).toEqual([
    'connection_lost',
    'cancelled',
  ])
  expect(served).toMatchObject({ kind: 'SERVER', error: true })
})
