import { describe, expect, test } from 'vitest'
import type { ErrorCode, Tool } from '../../src/contract/protocol.ts'
import { refusal, ScriptedConversation } from './scripted-conversation.ts'
import { type Options, toolNamed } from './scripted-directory.ts'

const servers = ['north', 'south', 'east', 'west']

/** Servers of one group; all offer `charge`. */
function group(names: string[], options: Options = {}, changes: Partial<Tool> = {}, policy = {}) {
  const conversation = new ScriptedConversation(policy)
  const tools = [toolNamed('charge', changes)]
  for (const name of names) conversation.serve(name, { tools }, { group: 'all', ...options })
  return conversation
}

const readOnly = { tools: { charge: { readOnly: true } } }
const attempt = (server: string, code: ErrorCode | 'ok', generation = 1) => ({ server, generation, code })

describe('what surely was not done is asked again', () => {
  test('of the next server, whose answer is the outcome, with all attempts', () => {
    const conversation = group(['north', 'south']).call().refuse().answer({ content: [] })
    expect(conversation.outcomes).toMatchObject([
      {
        ...{ ok: true, server: 'south' },
        attempts: [attempt('north', 'server_unavailable'), attempt('south', 'ok')],
      },
    ])
    expect([...conversation.inFlight('north'), ...conversation.inFlight('south')]).toEqual([])
  })

  test('three times at most', () => {
    const conversation = group(servers).call().refuse().refuse().refuse()
    expect(conversation.asked).toEqual(['north', 'south', 'east'])
    expect(conversation.outcomes).toMatchObject([
      {
        error: refusal('east'),
        attempts: ['north', 'south', 'east'].map((server) => attempt(server, 'server_unavailable')),
      },
    ])
  })

  test('of each connection once: the same server is asked on its next one', () => {
    const conversation = group(['north']).call().refuse()
    expect(conversation.asked).toEqual(['north'])
    conversation.serve('north', { generation: 2 }, { group: 'all' })
    expect(conversation.told).toMatchObject([
      ['north', { generation: 1 }],
      ['north', { generation: 2 }],
    ])
  })

  test('of no connection that was asked before the last one', () => {
    const conversation = group(['north', 'south']).call().refuse().refuse()
    conversation.serve('south', {}, { group: 'all' })
    expect(conversation.asked).toEqual(['north', 'south'])
  })

  test('and waits for no server that has too much to do', () => {
    const conversation = group(['north']).call().refuse('overloaded')
    expect(conversation.outcomes).toMatchObject([{ error: refusal('north', 'overloaded') }])
  })

  test('and waits, for load too, for a server that is on its way', () => {
    const conversation = group(['north']).serve('south', { state: 'reconnecting' }, { group: 'all' })
    conversation.call().refuse('overloaded').serve('south', {}, { group: 'all' })
    expect(conversation.asked).toEqual(['north', 'south'])
  })

  test('and the last refusal is told where nobody else is left', () => {
    const conversation = group(['north']).serve('south', { state: 'failed' }, { group: 'all' })
    conversation.call().serve('north', { state: 'unauthorized' }, { group: 'all' }).refuse('unauthorized')
    expect(conversation.outcomes).toMatchObject([{ error: refusal('north', 'unauthorized') }])
  })

  test.each<[string, boolean, 'none' | 'unknown']>([
    ['before', false, 'none'],
    ['after', true, 'unknown'],
  ])('and the effect is that of the present attempt: cancelled %s it was sent', (_, isSent, effect) => {
    const conversation = group(['north', 'south']).call().sent().refuse()
    if (isSent) conversation.sent()
    conversation.cancel()
    expect(conversation.outcomes).toMatchObject([
      {
        error: { code: 'cancelled', effect },
        attempts: [attempt('north', 'server_unavailable'), attempt('south', 'cancelled')],
      },
    ])
    expect(conversation.toldLater).toMatchObject([['south', { type: 'call.cancel' }]])
  })

  test('and cancelled while it waits between two attempts, nothing was done', () => {
    const conversation = group(['north']).call().sent().refuse().cancel()
    const message = 'charge was cancelled. Nothing was done.'
    expect(conversation.outcomes).toMatchObject([
      {
        error: { code: 'cancelled', effect: 'none', message },
        attempts: [attempt('north', 'server_unavailable')],
      },
    ])
    expect(conversation.toldLater).toEqual([])
  })
})

describe('what may have been done', () => {
  const trusted = { trustAnnotations: true }
  const annotated = (annotations: Tool['annotations']) => ({ annotations })
  const tools = (options: { readOnly?: boolean; idempotent?: boolean }) => ({ tools: { charge: options } })

  test.each<[string, Options, Partial<Tool>, 'again' | 'once']>([
    ['of which nothing is known', {}, {}, 'once'],
    ['of which nothing is known, of a trusted server,', trusted, {}, 'once'],
    ['that only reads, says the configuration,', tools({ readOnly: true }), {}, 'again'],
    ['that is idempotent, says the configuration,', tools({ idempotent: true }), {}, 'again'],
    ['that says it only reads', {}, annotated({ readOnlyHint: true }), 'once'],
    ['that says it is idempotent', {}, annotated({ idempotentHint: true }), 'once'],
    ['that says it only reads, of a trusted server,', trusted, annotated({ readOnlyHint: true }), 'again'],
    ['that says it is idempotent, of such,', trusted, annotated({ idempotentHint: true }), 'again'],
    [
      'that says it only reads, and the configuration not,',
      { ...trusted, ...tools({ readOnly: false }) },
      annotated({ readOnlyHint: true }),
      'once',
    ],
    [
      'that says it is idempotent, and the configuration not,',
      { ...trusted, ...tools({ idempotent: false }) },
      annotated({ idempotentHint: true }),
      'once',
    ],
  ])('by a tool %s is asked %4$s', (_, options, changes, times) => {
    for (const code of ['connection_lost', 'timed_out'] as const) {
      const conversation = group(['north', 'south'], options, changes).call().refuse(code, 'unknown')
      expect(conversation.asked).toEqual(times === 'again' ? ['north', 'south'] : ['north'])
    }
  })

  test.each<ErrorCode>(['tool_error', 'protocol_error'])(
    'is not asked again after an answer: %s is one, of a tool that only reads too',
    (code) => {
      const conversation = group(['north', 'south'], readOnly).call().refuse(code, 'unknown')
      expect(conversation.asked).toEqual(['north'])
      expect(conversation.outcomes).toMatchObject([{ error: refusal('north', code, 'unknown') }])
    },
  )

  test('is told, though a later attempt surely did nothing', () => {
    const conversation = group(['north', 'south'], readOnly).call().refuse('connection_lost', 'unknown')
    conversation.refuse('protocol_error', 'none').wait(3_000)
    expect(conversation.outcomes).toMatchObject([
      {
        error: refusal('north', 'connection_lost', 'unknown'),
        attempts: [attempt('north', 'connection_lost'), attempt('south', 'protocol_error')],
      },
    ])
  })

  test('is told of the last attempt of which it holds', () => {
    const conversation = group(servers, readOnly).call().refuse('connection_lost', 'unknown')
    conversation.refuse('timed_out', 'unknown').refuse()
    expect(conversation.outcomes).toMatchObject([{ error: refusal('south', 'timed_out', 'unknown') }])
  })

  test('is told as the later attempt has it, where that too may have done something', () => {
    const conversation = group(['north', 'south'], readOnly).call().refuse('connection_lost', 'unknown')
    conversation.refuse('tool_error', 'unknown')
    expect(conversation.outcomes).toMatchObject([{ error: refusal('south', 'tool_error', 'unknown') }])
  })

  test('does not hide a later answer', () => {
    const conversation = group(['north', 'south'], readOnly).call().refuse('connection_lost', 'unknown')
    expect(conversation.answer({ content: [] }).outcomes).toMatchObject([{ ok: true, server: 'south' }])
  })
})
