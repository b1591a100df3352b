import { context, propagation, trace } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import {
  type Era,
  entryOf,
  eras,
  killServer,
  type Transport,
  transports,
  versionOf,
} from '../support/transports.ts'
import { Recorded, registerGlobals, traceparentOf } from './recorded.ts'

registerGlobals()

const everywhere = eras.flatMap((era) => transports.map((transport): [Era, Transport] => [era, transport]))

describe.each(everywhere)('a %s server over %s', (era, transport) => {
  test('a call is a span beneath what called it, with a client span whose id the server is told', async () => {
    const server = new TestServer('--era', era)
    const entry = await entryOf(server, transport)
    const recorded = new Recorded()
    const { switchboard } = await openReady({ bank: entry }, { telemetry: recorded.telemetry })
    const conversation = switchboard.conversation({ id: 'voice-1' })
    const turn = recorded.tracerProvider.getTracer('agent').startSpan('agent_turn')
    const baggage = propagation.createBaggage({ user: { value: 'alice' } })
    const around = propagation.setBaggage(trace.setSpan(context.active(), turn), baggage)
    const outcome = await context.with(around, () => conversation.call('charge', { amount: 5 }))
    turn.end()

    const [, , attempt] = recorded.spans
    const session = attempt?.attributes['mcp.session.id']
    const requestId = attempt?.attributes['jsonrpc.request.id']
    expect(recorded.facts).toEqual([
      { name: 'agent_turn', kind: 'INTERNAL', attributes: {} },
      {
        name: 'execute_tool charge',
        kind: 'INTERNAL',
        parent: 'agent_turn',
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'charge',
          'gen_ai.tool.type': 'function',
          'gen_ai.tool.call.id': outcome.callId,
          'gen_ai.conversation.id': 'voice-1',
          'mcp_switchboard.code': 'ok',
          'mcp_switchboard.effect': 'done',
          'mcp_switchboard.attempts': 1,
          'mcp_switchboard.server': 'bank',
        },
      },
      {
        name: 'tools/call charge',
        kind: 'CLIENT',
        parent: 'execute_tool charge',
        attributes: {
          'mcp.method.name': 'tools/call',
          'gen_ai.tool.name': 'charge',
          'mcp.protocol.version': versionOf[era],
          'mcp_switchboard.server': 'bank',
          'mcp_switchboard.server.generation': 1,
          'mcp_switchboard.code': 'ok',
          'mcp_switchboard.effect': 'done',
          'jsonrpc.request.id': requestId,
          ...(transport === 'stdio'
            ? { 'network.transport': 'pipe' }
            : {
                'network.transport': 'tcp',
                'network.protocol.name': 'http',
                'server.address': '127.0.0.1',
                'server.port': Number(new URL(String(entry.url)).port),
              }),
          ...(transport === 'http' && era === 'legacy' ? { 'mcp.session.id': session } : {}),
        },
      },
    ])
    expect(requestId).toMatch(/^\d+$/)
    if (transport === 'http' && era === 'legacy') expect(session).toMatch(/\S/)
    const [meta = {}] = server.metas
    const { traceparent, tracestate, baggage: told } = meta
    expect({ traceparent, tracestate, told }).toEqual({ traceparent: traceparentOf(attempt) })
  })
})

test('baggage goes along where the operator says so', async () => {
  const server = new TestServer()
  const { telemetry } = new Recorded({ sendBaggage: true })
  const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry })
  const baggage = propagation.createBaggage({ user: { value: 'alice' } })
  await context.with(propagation.setBaggage(context.active(), baggage), () => switchboard.call('look', {}))
  expect(server.metas.map((meta) => meta.baggage)).toEqual(['user=alice'])
})

test('a call that is made again has a client span for each attempt, and the first says why it ended', async () => {
  const servers = [new TestServer(), new TestServer()] as const
  const [first, second] = servers
  const options = { group: 'shop', tools: { look: { readOnly: true } } }
  const recorded = new Recorded()
  const { switchboard } = await openReady(
    { first: first.stdio({ ...options, priority: 1 }), second: second.stdio(options) },
    { telemetry: recorded.telemetry },
  )
  const answer = switchboard.call('look', { until: 'never' })
  await first.untilStarted('look')
  await killServer(first)
  await second.untilStarted('look')
  second.release('never')
  expect(await answer).toMatchObject({ ok: true, server: 'second' })

  const told = recorded.facts.map(({ name, parent, error, attributes }) => ({
    ...{ name, parent, error },
    server: attributes['mcp_switchboard.server'],
    code: attributes['mcp_switchboard.code'],
    errorType: attributes['error.type'],
    attempts: attributes['mcp_switchboard.attempts'],
  }))
  const parent = 'execute_tool look'
  expect(told).toEqual([
    { name: parent, server: 'second', code: 'ok', attempts: 2 },
    {
      ...{ name: 'tools/call look', parent, error: true },
      ...{ server: 'first', code: 'connection_lost', errorType: 'connection_lost' },
    },
    { name: 'tools/call look', parent, server: 'second', code: 'ok' },
  ])
  const [, ...attempts] = recorded.spans
  const traces = servers.flatMap(({ metas }) => metas.map((meta) => meta.traceparent))
  expect(traces).toEqual(attempts.map(traceparentOf))
})

test('a call that is made while another one ends stands beneath whoever makes it', async () => {
  const server = new TestServer()
  const recorded = new Recorded()
  const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  const conversation = switchboard.conversation()
  const tracer = recorded.tracerProvider.getTracer('agent')
  const within = (name: string, work: () => Promise<unknown>) =>
    tracer.startActiveSpan(name, (span) => work().finally(() => span.end()))
  const second = new Promise<void>((resolve) => {
    const off = conversation.subscribe(({ type }) => {
      if (type !== 'call.ended') return
      off()
      void within('another turn', () => conversation.call('look', {})).then(() => resolve())
    })
  })
  await Promise.all([within('a turn', () => conversation.call('charge', { amount: 1 })), second])
  const calls = recorded.facts.filter(({ name }) => name.startsWith('execute_tool'))
  expect(calls.map(({ name, parent }) => [name, parent])).toEqual([
    ['execute_tool charge', 'a turn'],
    ['execute_tool look', 'another turn'],
  ])
})

test('an equal call of a model that runs once is linked to the one that ran', async () => {
  const server = new TestServer()
  const recorded = new Recorded()
  const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  const conversation = switchboard.conversation()
  const call = () => conversation.call('charge', { amount: 1, until: 'now' }, { response: 'one' })
  const both = [call(), call()]
  await server.untilStarted('charge')
  server.release('now')
  await Promise.all(both)
  expect(recorded.facts.map(({ name, links }) => ({ name, links }))).toEqual([
    { name: 'execute_tool charge' },
    { name: 'execute_tool charge', links: ['execute_tool charge'] },
    { name: 'tools/call charge' },
  ])
})
