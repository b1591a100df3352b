import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { Caller, heardBy, seatRequest } from '../support/caller.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'

const invalid = (message: string) => ({ error: { code: -32602, message: expect.stringContaining(message) } })
const huge: JsonObject = Object.fromEntries(
  Array.from({ length: 50_000 }, (_, index) => [`field-${index}`, { type: 'string', title: 'x'.repeat(50) }]),
)

test.each(transports)(
  'hostile questions over %s are refused, and the server stays as it was',
  async (transport) => {
    const server = new TestServer('--only', 'ask')
    const opened = await openReady({ bank: await entryOf(server, transport) })
    const caller = new Caller()
    const requests = [
      seatRequest('x'.repeat(5_000_000)),
      seatRequest('Which?', { type: 'object', properties: huge }),
      seatRequest('Which?', { type: 'object', properties: { address: { type: 'object', properties: {} } } }),
      seatRequest('Which?', { type: 'object', properties: { 'se\u202eat': { type: 'string' } } }),
      { params: { mode: 'url', message: 'Go', elicitationId: '1', url: 'javascript:alert(1)' } },
      { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1_000_000 } },
      { method: 'roots/list' },
    ]
    const outcome = await opened.switchboard.call('ask', { requests }, caller)

    expect(heardBy(outcome)).toEqual([
      invalid('params.message: Too big'),
      invalid('it has more than 200000 characters'),
      invalid('requestedSchema.properties.address.type'),
      invalid('holds hidden characters'),
      invalid('url: neither https nor http'),
      ...Array(2).fill({ error: { code: -32601, message: 'Method not found' } }),
    ])
    expect(caller.questions).toEqual([])
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready'])

    const message = 'Your \u202ePIN\u0007\u{e0041}?'
    const asked = opened.switchboard.call('ask', { requests: [seatRequest(message)] }, caller)
    expect((await caller.untilAsked()).message).toBe('Your PIN?')
    caller.answer({ action: 'decline' })
    expect(heardBy(await asked)).toEqual([{ action: 'decline' }])
  },
)
