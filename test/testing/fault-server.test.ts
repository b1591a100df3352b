import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { Outcome } from '../../src/index.ts'
import {
  type CallFault,
  type FaultServer,
  type FaultServerOptions,
  startFaultServer,
} from '../../src/testing/index.ts'
import { type Opened, open, openReady } from '../support/opened.ts'
import { isAlive } from '../support/processes.ts'

const transports = ['stdio', 'http'] as const
type Transport = (typeof transports)[number]

const total = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] }

const tools: FaultServerOptions['tools'] = {
  send_mail: {
    inputSchema: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] },
    answer: ({ to }) => `The mail to ${to} is on its way.`,
  },
  sum: { outputSchema: total, answer: () => ({ content: [], structuredContent: { total: 3 } }) },
  wait: { annotations: { readOnlyHint: true }, answer: () => new Promise(() => {}) },
  fail: {
    answer: () => {
      throw new Error('the printer is out of paper')
    },
  },
  work: {
    answer: (_, { progress }) => {
      progress({ progress: 1, total: 2, message: 'half way' })
      return 'done'
    },
  },
}

async function start(over: Transport): Promise<FaultServer> {
  const server = await startFaultServer({ over, tools })
  onTestFinished(() => server.close())
  return server
}

async function opened(over: Transport): Promise<{ server: FaultServer; mail: Opened }> {
  const server = await start(over)
  return { server, mail: await openReady({ mail: server.entry }) }
}

function endOf(outcome: Outcome): string {
  return outcome.ok ? outcome.text : `${outcome.error.code}, ${outcome.error.effect}`
}

const onItsWay = 'The mail to carol is on its way.'
const carol = { to: 'carol' }

describe.each(transports)('over %s', (over) => {
  test('it serves a client of the SDK', async () => {
    const server = await start(over)
    const client = new Client({ name: 'a client', version: '1' })
    const { url, command, args, env } = z
      .looseObject({
        url: z.string().optional(),
        command: z.string().default(''),
        args: z.array(z.string()).default([]),
        env: z.record(z.string(), z.string()).default({}),
      })
      .parse(server.entry)
    const transport =
      url === undefined
        ? new StdioClientTransport({ command, args, env })
        : new StreamableHTTPClientTransport(new URL(url))
    await client.connect(transport)
    onTestFinished(() => client.close())

    const listed = await client.listTools()
    expect(listed.tools.map(({ name }) => name)).toEqual(Object.keys(tools))
    expect(listed.tools[0]?.inputSchema).toEqual(tools.send_mail?.inputSchema)
    expect(await client.callTool({ name: 'send_mail', arguments: carol })).toEqual({
      content: [{ type: 'text', text: onItsWay }],
    })
    expect(await client.callTool({ name: 'fail' })).toEqual({
      content: [{ type: 'text', text: 'the printer is out of paper' }],
      isError: true,
    })
    const progress: unknown[] = []
    await client.callTool({ name: 'work' }, undefined, { onprogress: (told) => progress.push(told) })
    expect(progress).toEqual([{ progress: 1, total: 2, message: 'half way' }])
    await expect(client.callTool({ name: 'nothing' })).rejects.toThrow('Unknown tool: nothing')
    expect(server.executions.map(({ tool, arguments: args }) => [tool, args])).toEqual([
      ['send_mail', carol],
      ['fail', {}],
      ['work', {}],
    ])
  })

  const cases: { fault: CallFault; ends: string; timeoutMs?: number }[] = [
    { fault: { kind: 'die', executed: false }, ends: 'connection_lost, unknown' },
    { fault: { kind: 'die', executed: true }, ends: 'connection_lost, unknown' },
    { fault: { kind: 'restart', executed: true }, ends: 'connection_lost, unknown' },
    { fault: { kind: 'cut', executed: true }, ends: 'connection_lost, unknown' },
    { fault: { kind: 'hang', executed: true }, ends: 'timed_out, unknown', timeoutMs: 200 },
    { fault: { kind: 'hang', executed: false }, ends: 'timed_out, unknown', timeoutMs: 200 },
    { fault: { kind: 'freeze', executed: true }, ends: 'timed_out, unknown', timeoutMs: 200 },
    { fault: { kind: 'slow', delayMs: 50, executed: true }, ends: onItsWay },
    { fault: { kind: 'error', code: -32603, executed: true }, ends: 'protocol_error, unknown' },
    { fault: { kind: 'error', code: -32601, executed: false }, ends: 'protocol_error, none' },
    { fault: { kind: 'tool error', message: 'no paper', executed: false }, ends: 'tool_error, unknown' },
    {
      fault: { kind: 'result', result: { content: 'no list' }, executed: true },
      ends: 'protocol_error, unknown',
    },
    over === 'stdio'
      ? { fault: { kind: 'garble', executed: true }, ends: 'timed_out, unknown', timeoutMs: 200 }
      : { fault: { kind: 'garble', executed: true }, ends: 'protocol_error, unknown' },
    ...(over === 'stdio'
      ? []
      : (
          [
            [401, 'unauthorized, none', false],
            [403, 'unauthorized, none', false],
            [429, 'overloaded, none', false],
            [500, 'protocol_error, unknown', true],
            [503, 'protocol_error, unknown', false],
          ] as const
        ).map(([status, ends, executed]) => ({
          fault: { kind: 'status' as const, status, executed },
          ends,
        }))),
  ]

  test('each fault ends a call as told, and its ledger has what was really done', async () => {
    const { server, mail } = await opened(over)
    const seen: unknown[] = []
    for (const { fault, timeoutMs } of cases) {
      const before = server.executions.length
      const arranged = server.fault({ ...fault, tool: 'send_mail' })
      const outcome = await mail.switchboard.call(
        'send_mail',
        carol,
        timeoutMs === undefined ? {} : { timeoutMs },
      )
      expect(arranged.struck).toBe(1)
      seen.push([fault, endOf(outcome), server.executions.length - before])
      server.lift()
      if (over === 'http' && fault.kind === 'die') await server.restart()
      if (mail.server('mail').state === 'unauthorized') await mail.switchboard.restart('mail')
      expect(endOf(await mail.switchboard.call('send_mail', carol))).toBe(onItsWay)
    }
    expect(seen).toEqual(cases.map(({ fault, ends }) => [fault, ends, fault.executed ? 1 : 0]))
  })

  test('a fault strikes at the chosen request, so many times', async () => {
    const { server, mail } = await opened(over)
    const fault = server.fault({
      kind: 'tool error',
      message: 'no',
      executed: false,
      tool: 'send_mail',
      request: 2,
      times: 2,
    })
    const ends: string[] = []
    for (let call = 0; call < 4; call++) ends.push(endOf(await mail.switchboard.call('send_mail', carol)))
    ends.push(endOf(await mail.switchboard.call('work', {})))

    expect(ends).toEqual([onItsWay, 'tool_error, unknown', 'tool_error, unknown', onItsWay, 'done'])
    expect(fault.struck).toBe(2)
    expect(server.calls.map(({ tool, executed, fault }) => [tool, executed, fault])).toEqual([
      ['send_mail', true, undefined],
      ['send_mail', false, 'tool error'],
      ['send_mail', false, 'tool error'],
      ['send_mail', true, undefined],
      ['work', true, undefined],
    ])
  })

  test('a server that hangs at its start is not there until the fault is lifted', async () => {
    const server = await start(over)
    server.fault({ kind: 'hang', on: 'initialize', times: Infinity })
    const mail = open({ mail: server.entry }, { connectTimeoutMs: 300 })
    await mail.untilState('mail', 'reconnecting')
    const outcome = await mail.switchboard.call('send_mail', carol, { timeoutMs: 50 })
    expect(endOf(outcome)).toBe('server_unavailable, none')
    server.lift()
    await mail.untilReady('mail')
    expect(endOf(await mail.switchboard.call('send_mail', carol))).toBe(onItsWay)
    expect(server.executions).toHaveLength(1)
  })

  test('while it is frozen, nothing is heard of a call that goes on', async () => {
    let tell: (told: { progress: number }) => void = () => {}
    const answer: FaultServerOptions['tools'][string]['answer'] = (_, { progress }) => {
      tell = progress
      return new Promise(() => {})
    }
    const server = await startFaultServer({ over, tools: { work: { answer } } })
    onTestFinished(() => server.close())
    const mail = await openReady({ mail: server.entry })
    const heard: unknown[] = []
    const outcome = mail.switchboard.call(
      'work',
      {},
      { timeoutMs: 500, onProgress: (one) => heard.push(one) },
    )
    await server.untilCalled('work')
    server.freeze()
    tell({ progress: 1 })
    expect(endOf(await outcome)).toBe('timed_out, unknown')
    expect(heard).toEqual([])
  })

  test('it is killed in the midst of a call, and notes what a client takes back', async () => {
    const { server, mail } = await opened(over)
    const killed = mail.switchboard.call('wait', {})
    await server.untilCalled('wait')
    await server.kill()
    expect(endOf(await killed)).toBe('connection_lost, unknown')
    await server.restart()
    await mail.untilReady('mail')

    const caller = new AbortController()
    const cancelled = mail.switchboard.call('wait', {}, { signal: caller.signal })
    await server.untilCalled('wait', { times: 2 })
    caller.abort()
    await server.untilCancelled('wait')
    expect(endOf(await cancelled)).toMatch(/^cancelled/)
    expect(server.calls.map((call) => call.cancelled)).toEqual([false, true])
  })
})

test('over http, calls that both make it restart do so once, and none after it was closed', async () => {
  const waiting: (() => void)[] = []
  const work = () => new Promise<string>((resolve) => waiting.push(() => resolve('done')))
  const server = await startFaultServer({ over: 'http', tools: { work: { answer: work } } })
  onTestFinished(() => server.close())
  const mail = await openReady({ mail: server.entry })
  const calls = async () => {
    const ends = [mail.switchboard.call('work', {}), mail.switchboard.call('work', {})]
    await server.untilCalled('work', { times: server.calls.length + 2 })
    return ends
  }
  server.fault({ kind: 'restart', executed: true, times: Infinity })

  const restarted = await calls()
  for (const end of waiting.splice(0)) end()
  expect((await Promise.all(restarted)).map(endOf)).toEqual(Array(2).fill('connection_lost, unknown'))
  await mail.untilState('mail', 'reconnecting')
  await mail.untilReady('mail')

  const left = await calls()
  await server.close()
  for (const end of waiting.splice(0)) end()
  expect((await Promise.all(left)).map(endOf)).toEqual(Array(2).fill('connection_lost, unknown'))
  await expect(fetch(z.string().parse(server.entry.url))).rejects.toThrow('fetch failed')
})

test('its processes end with it, and it refuses what its wire does not have', async () => {
  const { server, mail } = await opened('stdio')
  const pid = mail.pid('mail')
  expect(isAlive(pid)).toBe(true)
  expect(() => server.fault({ kind: 'status', status: 503, executed: false })).toThrow(
    new RangeError("there is no status 503 over stdio; start the server with over: 'http'"),
  )
  await server.close()
  await mail.untilState('mail', 'reconnecting')
  expect(isAlive(pid)).toBe(false)
  await expect(server.untilCalled('wait', { withinMs: 10 })).rejects.toThrow(
    'fault-server: 1 of wait: not within 10 ms; there came no call',
  )
})
