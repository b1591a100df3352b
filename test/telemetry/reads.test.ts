import { context, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { library } from '../reads/library.ts'
import { playedServer } from '../reads/played-server.ts'
import { openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'
import { Recorded, registerGlobals, traceparentOf } from './recorded.ts'

registerGlobals()

const secret = 'sesame-opens-the-door'
const book = `book://${secret}`
const resources = {
  'resources/list': () => ({ resources: [{ uri: book, name: 'one' }] }),
  'resources/read': () => ({ contents: [{ uri: book, text: 'Once.' }] }),
}

test('a read is a client span beneath whoever reads, whose id the server is told, and is timed', async () => {
  const asked: unknown[] = []
  const { url } = await playedServer({
    'prompts/get': (params) => {
      asked.push(params)
      return { messages: [] }
    },
  })
  const recorded = new Recorded()
  const { switchboard } = await openReady({ library: { url } }, { telemetry: recorded.telemetry })
  const turn = recorded.tracerProvider.getTracer('agent').startSpan('agent_turn')
  await context.with(trace.setSpan(context.active(), turn), () =>
    switchboard.read('library', { method: 'prompts/get', name: 'greet' }),
  )
  turn.end()

  const [, read] = recorded.spans
  const about = {
    'mcp.method.name': 'prompts/get',
    'gen_ai.prompt.name': 'greet',
    'mcp.protocol.version': '2025-11-25',
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(url).port),
    'mcp_switchboard.server': 'library',
  }
  expect(recorded.facts).toEqual([
    { name: 'agent_turn', kind: 'INTERNAL', attributes: {} },
    {
      name: 'prompts/get greet',
      kind: 'CLIENT',
      parent: 'agent_turn',
      attributes: {
        ...about,
        'mcp_switchboard.server.generation': 1,
        'mcp_switchboard.code': 'ok',
        'jsonrpc.request.id': expect.stringMatching(/^\d+$/),
      },
    },
  ])
  expect(asked).toEqual([{ name: 'greet', _meta: { traceparent: traceparentOf(read) } }])
  expect(await recorded.points('mcp.client.operation.duration')).toEqual([
    { name: 'mcp.client.operation.duration', value: 1, attributes: about },
  ])
})

test('a read says how it failed, and what a server does not offer is not asked for', async () => {
  const { url } = await playedServer({
    initialize: () => ({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: 'half', version: '1' },
    }),
  })
  const recorded = new Recorded()
  const { switchboard } = await openReady({ half: { url } }, { telemetry: recorded.telemetry })
  await switchboard.read('half', { method: 'prompts/list' })
  await switchboard.read('half', { method: 'resources/read', uri: book })
  const gone = new AbortController()
  const given = switchboard.read('half', { method: 'resources/list' }, { signal: gone.signal })
  gone.abort()
  await given
  await until(() => recorded.facts.length === 2, 'the span of the read that was given up has ended')
  const told = recorded.facts.map(({ name, error, attributes }) => ({
    ...{ name, error },
    code: attributes['mcp_switchboard.code'],
    errorType: attributes['error.type'],
    status: attributes['rpc.response.status_code'],
  }))
  expect(told).toEqual([
    {
      ...{ name: 'resources/read', error: true, code: 'protocol_error' },
      ...{ errorType: '-32601', status: '-32601' },
    },
    { name: 'resources/list', code: 'cancelled' },
  ])
})

test('a read whose server dies has failed, and was not cancelled', async () => {
  const recorded = new Recorded()
  const entry = library({ era: 'legacy' })
  const { switchboard } = await openReady({ library: entry }, { telemetry: recorded.telemetry })
  const request = { method: 'resources/read', uri: 'book://deadly' } as const
  expect(await switchboard.read('library', request)).toMatchObject({ error: { code: 'connection_lost' } })
  await until(() => recorded.facts.length === 1, 'its span has ended')
  expect(recorded.facts).toMatchObject([
    {
      error: true,
      attributes: { 'mcp_switchboard.code': 'connection_lost', 'error.type': 'connection_lost' },
    },
  ])
})

test.each([true, false])(
  'the reads of a call stand beneath it, and say what is read where contents are recorded (%s)',
  async (recordContents) => {
    const { url } = await playedServer(resources)
    const recorded = new Recorded({ recordContents })
    const { switchboard } = await openReady(
      { library: { url, headers: { 'x-key': secret }, switchboard: { resources: true } } },
      { telemetry: recorded.telemetry },
    )
    await switchboard.call('read_resource', { uri: book })
    expect(
      recorded.facts.map(({ name, parent, attributes }) => [name, parent, attributes['mcp.resource.uri']]),
    ).toEqual([
      ['execute_tool read_resource', undefined, undefined],
      ['resources/list', 'execute_tool read_resource', undefined],
      ['resources/read', 'execute_tool read_resource', recordContents ? 'book://[hidden]' : undefined],
    ])
  },
)
