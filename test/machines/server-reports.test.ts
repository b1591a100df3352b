import { expect, test } from 'vitest'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import { entry, type Said, ScriptedServer, tool } from './scripted-server.ts'

const peer = { name: 'Bank', version: '1.0', protocolVersion: '2025-11-25', capabilities: ['tools'] }
const rejected = [{ name: 'odd', reason: 'it has no schema' }]
const before = { name: 'bank', transport: 'stdio', listed: false, tools: [], rejected: [] }
const after = { name: 'bank', transport: 'stdio', listed: true, tools: [tool], rejected, pid: 7, peer }

function connected(): ScriptedServer {
  const server = new ScriptedServer().pass(100)
  server.say({ type: 'connection.connected', pid: 7, peer })
  return server.say({ type: 'connection.tools', tools: [tool], rejected })
}

test('a server that starts tells that it connects, then what it has', () => {
  expect(connected().reports).toEqual([
    { ...before, state: 'connecting', since: 0, generation: 0 },
    { ...before, state: 'connecting', since: 0, generation: 1 },
    { ...after, state: 'ready', since: 100, generation: 1 },
  ])
})

test('a server that is lost keeps its tools, and tells why it went and when it is dialled again', () => {
  const server = connected().pass(900).lose()
  const lost = { state: 'reconnecting', since: 1_000, lastError: 'killed' }
  const { pid: _, ...kept } = after
  expect(server.reports.slice(3)).toEqual([{ ...kept, ...lost, generation: 1, nextAttemptAt: 1_000 }])

  server.pass(0)
  expect(server.reports.slice(4)).toEqual([{ ...kept, ...lost, generation: 2 }])

  server.pass(500).say({ type: 'connection.connected', pid: 8 })
  server.say({ type: 'connection.tools', tools: [], rejected: [] })
  const { name, transport } = before
  const ready = { name, transport, state: 'ready', since: 1_500, generation: 2, pid: 8 }
  expect(server.reports.slice(5)).toEqual([{ ...ready, listed: true, tools: [], rejected: [] }])
})

test('what a lost server wrote is told with the reason that it came with, and with no other', () => {
  const wrote: Said = {
    type: 'connection.lost',
    reason: 'killed',
    permanent: false,
    stderr: 'oops',
    ends: [],
  }
  const server = connected().say(wrote)
  expect(server.reports.at(-1)).toMatchObject({ lastError: 'killed', stderr: 'oops' })

  server.pass(0).lose()
  expect(server.reports.at(-1)).toMatchObject({ lastError: 'killed', stderr: undefined })

  server.pass(1_000).say(wrote).pass(10_000)
  expect(server.reports.at(-1)).toMatchObject({ lastError: 'killed', stderr: 'oops' })

  server.say({ type: 'connection.connected' }).say({ type: 'connection.tools', tools: [], rejected: [] })
  expect(server.reports.at(-1)).toMatchObject({ lastError: undefined, stderr: undefined })
})

test('a server that cannot be dialled is reconnecting since it was lost, not since the last attempt', () => {
  const server = connected().lose().pass(10).lose()
  expect(server.reports.at(-1)).toMatchObject({ state: 'reconnecting', since: 100, nextAttemptAt: 235 })
})

test.each<[string, Said | undefined, number | undefined]>([
  ['ready', undefined, 7],
  ['degraded', { type: 'connection.stream.lost', reason: 'it ended' }, 7],
  ['reconnecting', { type: 'connection.lost', reason: 'killed', permanent: false, ends: [] }, undefined],
  ['failed', { type: 'connection.lost', reason: 'killed', permanent: true, ends: [] }, undefined],
  ['unauthorized', { type: 'connection.unauthorized', reason: 'status 401', ends: [] }, undefined],
])('a server that is %s names the process that it has, and no dead one', (state, said, pid) => {
  const server = connected().call('charge')
  if (said) server.say(said)
  expect(server.reports.at(-1)).toMatchObject({ state, pid })
})

test.each<[string, Said]>([
  ['killed', { type: 'connection.lost', reason: 'killed', permanent: false, ends: [] }],
  ['no such command', { type: 'connection.lost', reason: 'no such command', permanent: true, ends: [] }],
  ['status 401', { type: 'connection.unauthorized', reason: 'status 401', ends: [] }],
  ['it ended', { type: 'connection.stream.lost', reason: 'it ended' }],
  ['it does not answer pings', { type: 'connection.checked', ok: false, lastByteAt: 0 }],
])('the last error of a ready server is "%s"', (lastError, said) => {
  expect(connected().say(said).reports.at(-1)).toMatchObject({ lastError })
})

test('of a server that writes what is no message, and does not answer, both are told; and of the next connection its own', () => {
  const server = new ScriptedServer().say({ type: 'connection.garbled', reason: 'it writes words' })
  server.pass(30_000)
  const late = 'it did not answer within the connect time-out'
  expect(server.reports.at(-1)).toMatchObject({ lastError: `it writes words, and ${late}` })
  server.pass(0).pass(30_000)
  expect(server.reports.at(-1)).toMatchObject({ generation: 2, lastError: late })
})

test('the last error of a server with a call can be that its output is garbled', () => {
  const server = connected().call('charge').say({ type: 'connection.garbled', reason: 'no JSON' })
  expect(server.reports.at(-1)).toMatchObject({ state: 'degraded', lastError: 'no JSON' })
})

test('the last error of a server can be that a call timed out', () => {
  const server = connected().call('charge')
  server.actor.send({ type: 'call.cancel', callId: 'charge', reason: 'timed_out' })
  expect(server.reports.at(-1)).toMatchObject({ state: 'degraded', lastError: 'a call timed out' })
})

test('that a caller cancels a call is no error', () => {
  const server = connected().call('charge').say({ type: 'connection.stream.lost', reason: 'it ended' })
  server.actor.send({ type: 'call.cancel', callId: 'charge', reason: 'cancelled' })
  expect(server.reports.at(-1)).toMatchObject({ state: 'reconnecting', lastError: 'it ended' })
})

test('the last error of a server can be that its connection threw', () => {
  const server = connected()
  server.connection().throwsAt = 'check'
  server.pass(10_000)
  expect(server.reports.at(-2)).toMatchObject({ state: 'reconnecting', lastError: 'Error: a bug at check' })
})

test.each([
  ['its policy says', {}, 30_000],
  ['its own options say', { connectTimeoutMs: 2_000 }, 2_000],
])('a connection that is not made gets the time that %s, the first and later', (_, options, limitMs) => {
  const definition = { ...entry.definition, options: { ...entry.definition.options, ...options } }
  const server = new ScriptedServer(undefined, { entry: { name: 'bank', definition }, random: () => 0 })
  const { input } = server.connection()
  const { onClosed, ...given } = input
  expect(given).toEqual({ definition, generation: 1, closeGraceMs: 1_000, listTimeoutMs: limitMs })

  server.pass(limitMs - 1)
  expect(server.reports.at(-1)).toMatchObject({ state: 'connecting' })
  server.pass(1)
  const late = { state: 'reconnecting', lastError: 'it did not answer within the connect time-out' }
  expect(server.reports.at(-1)).toMatchObject({ ...late, generation: 2 })
  server.pass(limitMs - 1)
  expect(server.generation).toBe(2)
  server.pass(1)
  expect(server.reports.at(-1)).toMatchObject({ ...late, generation: 3 })
})

test('good pings clear no error, a new list of tools does', () => {
  const server = connected().degrade().checked(true).checked(true)
  expect(server.reports.at(-1)).toMatchObject({ state: 'ready', lastError: 'it does not answer pings' })
  server.say({ type: 'connection.tools', tools: [], rejected: [] })
  expect(server.reports.at(-1)).toMatchObject({ tools: [], rejected: [], lastError: undefined })
})

test('a server that is restarted by hand gives no reason of its own', () => {
  const server = connected().pass(50).send('restart')
  const { pid: _, ...kept } = after
  expect(server.reports.slice(3)).toEqual([
    { ...kept, state: 'connecting', since: 150, generation: 1 },
    { ...kept, state: 'connecting', since: 150, generation: 2 },
  ])
})

test('the time of the first ping alone is told, for each connection', () => {
  const ping = (server: ScriptedServer, latencyMs: number) =>
    server.say({ type: 'connection.checked', ok: true, lastByteAt: 0, latencyMs })
  const server = connected()
  ping(ping(server, 12), 34)
  expect(server.reports.slice(3)).toEqual([
    { ...after, state: 'ready', since: 100, generation: 1, pingMs: 12 },
  ])
  server.send('restart').connect()
  expect(server.reports.at(-1)).toMatchObject({ state: 'ready', pingMs: undefined })
  ping(server, 56)
  expect(server.reports.at(-1)).toMatchObject({ state: 'ready', pingMs: 56 })
})

test('a server with a wrong entry fails without being dialled, and says what is wrong', () => {
  const server = new ScriptedServer(undefined, { entry: { name: 'bank', problem: 'it has no command' } })
  const wrong = { ...before, since: 0, generation: 0, lastError: 'it has no command' }
  expect(server.reports).toEqual([
    { ...wrong, state: 'connecting' },
    { ...wrong, state: 'connecting' },
    { ...wrong, state: 'failed' },
  ])
  expect(server.connections).toEqual([])
})

test('a server over HTTP says so', () => {
  const target = new SealedTarget({ kind: 'http', url: 'https://bank.example/mcp', headers: {} })
  const server = new ScriptedServer(undefined, {
    entry: { name: 'bank', definition: { ...entry.definition, target } },
  })
  expect(server.reports.map(({ transport }) => transport)).toEqual(['http', 'http'])
})

test('a server that follows another of its name goes on with its generations, and with what it had listed', () => {
  const remembered = { generation: 4, tools: [tool], rejected, listed: true }
  const server = new ScriptedServer(undefined, { remembered })
  const { pid: _, peer: __, ...known } = after
  expect(server.reports).toEqual([
    { ...known, state: 'connecting', since: 0, generation: 4 },
    { ...known, state: 'connecting', since: 0, generation: 5 },
  ])
})

test('a server that leaves tells so in two steps', () => {
  const server = connected().pass(100).send('close').pass(100).closed(1)
  const closing = { ...after, state: 'closing', since: 200, generation: 1 }
  const { pid: _, ...kept } = after
  expect(server.reports.slice(3)).toEqual([closing, { ...kept, state: 'closed', since: 300, generation: 1 }])
})

test('what a connection gets to close is what the policy says', () => {
  const server = new ScriptedServer(undefined, { policy: parsePolicy({ closeGraceMs: 70 }) })
  expect(server.connection().input.closeGraceMs).toBe(70)
})
