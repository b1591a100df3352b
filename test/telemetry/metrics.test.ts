import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'
import { Recorded } from './recorded.ts'

test('calls, servers, reconnections and what is open are counted, and attempts are timed', async () => {
  const server = new TestServer()
  const recorded = new Recorded()
  const opened = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  const { switchboard } = opened
  await switchboard.call('token', {})
  await switchboard.call('fail', {})
  await switchboard.call('made_up', {})
  await killServer(server)
  await opened.untilState('bank', 'ready', 2)
  const conversation = switchboard.conversation()
  const call = conversation.call('charge', { amount: 1, until: 'now' })
  await server.untilStarted('charge')

  const about = {
    'gen_ai.operation.name': 'execute_tool',
    'mcp.method.name': 'tools/call',
    'mcp.protocol.version': '2025-11-25',
    'mcp_switchboard.server': 'bank',
    'network.transport': 'pipe',
  }
  const ended = (name: string, value: number, code: string, effect: string, tool?: string) => ({
    name,
    value,
    attributes: {
      ...(tool === undefined ? {} : { 'gen_ai.tool.name': tool }),
      'mcp_switchboard.code': code,
      'mcp_switchboard.effect': effect,
    },
  })
  const took = (attributes: object) => ({
    name: 'gen_ai.execute_tool.duration',
    value: 1,
    attributes: { 'gen_ai.operation.name': 'execute_tool', ...attributes },
  })
  const points = await recorded.points()
  expect(points.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    took({ 'gen_ai.tool.name': 'token' }),
    took({ 'gen_ai.tool.name': 'fail', 'error.type': 'tool_error' }),
    took({ 'error.type': 'unknown_function' }),
    { name: 'mcp_switchboard.active_calls', value: 1, attributes: {} },
    ended('mcp_switchboard.calls', 1, 'ok', 'done', 'token'),
    ended('mcp_switchboard.calls', 1, 'tool_error', 'unknown', 'fail'),
    ended('mcp_switchboard.calls', 1, 'unknown_function', 'none'),
    { name: 'mcp_switchboard.open_conversations', value: 1, attributes: {} },
    { name: 'mcp_switchboard.reconnections', value: 1, attributes: { 'mcp_switchboard.server': 'bank' } },
    {
      name: 'mcp_switchboard.servers',
      value: 1,
      attributes: { 'mcp_switchboard.server': 'bank', 'mcp_switchboard.server.state': 'ready' },
    },
    {
      name: 'mcp.client.operation.duration',
      value: 1,
      attributes: { ...about, 'gen_ai.tool.name': 'token' },
    },
    {
      name: 'mcp.client.operation.duration',
      value: 1,
      attributes: { ...about, 'gen_ai.tool.name': 'fail', 'error.type': 'tool_error' },
    },
  ])

  server.release('now')
  await call
  await switchboard.stop()
  expect(await recorded.points('mcp_switchboard.active_calls')).toMatchObject([{ value: 0 }])
  expect(await recorded.points('mcp_switchboard.open_conversations')).toMatchObject([{ value: 0 }])
})

test('what models make up, users bring and servers invent is no value of a metric', async () => {
  const [shared, own] = [new TestServer('--only', 'charge'), new TestServer('--only', 'look')]
  const recorded = new Recorded()
  const { switchboard } = await openReady({ bank: shared.stdio() }, { telemetry: recorded.telemetry })
  const conversation = switchboard.conversation({ mcpServers: { mine: own.stdio() } })
  for (const response of ['one', 'two', 'three']) await conversation.call('made_up', {}, { response })
  await conversation.call('look', {})
  for (const code of [-32_603, 4_711]) {
    shared.order({ at: 'tools/call', error: { code, message: 'no' } })
    await conversation.call('charge', { amount: 1 })
  }

  const points = await recorded.points()
  const kept = [
    ...['gen_ai.tool.name', 'mcp_switchboard.server', 'error.type', 'rpc.response.status_code'],
    'mcp_switchboard.code',
  ]
  const valuesOf = (metric: string) =>
    points.flatMap(({ name, attributes, value }) =>
      name === metric ? [[value, ...kept.flatMap((key) => attributes[key] ?? [])]] : [],
    )
  expect(valuesOf('mcp_switchboard.calls')).toEqual([
    [2, 'unknown_function'],
    [1, 'loop_stopped'],
    [1, 'ok'],
    [2, 'charge', 'protocol_error'],
  ])
  expect(valuesOf('mcp.client.operation.duration')).toEqual([
    [1],
    [1, 'charge', 'bank', '-32603', '-32603'],
    [1, 'charge', 'bank', 'protocol_error'],
  ])
})
