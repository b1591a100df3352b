import { once } from 'node:events'
import type { llm } from '@livekit/agents'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  createRealtimeModel,
  deliverOutput,
  RealtimeSession,
  type VoiceSession,
} from '../../src/agent/index.ts'
import type { Outcome } from '../../src/contract/protocol.ts'
import { openEndpoint, startCall } from './call.ts'
import { answered, functionInfo, TestConversation } from './conversation.ts'
import type { ClientEvent, RealtimeEndpoint } from './realtime-endpoint.ts'

let endpoint: RealtimeEndpoint
let problems: string[] = []

beforeEach(async () => {
  endpoint = await openEndpoint()
  problems = []
})

/** `called` resolves when `search` is called, with what makes it answer. */
async function start() {
  let onCall: (answer: (text: string) => void) => void = () => {}
  const called = new Promise<(text: string) => void>((resolve) => {
    onCall = resolve
  })
  const conversation = new TestConversation([functionInfo('search')], {
    search: () => new Promise<Outcome>((resolve) => onCall((text) => resolve(answered(text)))),
  })
  const call = await startCall(conversation, endpoint.url, {
    toolset: { debounceMs: 1 },
    onProblem: ({ message }) => problems.push(message),
  })
  const rt = call.agent.getActivityOrThrow().realtimeLLMSession
  if (!(rt instanceof RealtimeSession)) throw new Error('another session')
  await call.toolset.whenConfirmed()
  return { ...call, conversation, called, rt }
}

const isOutput = ({ item }: ClientEvent): boolean => item?.type === 'function_call_output'
const responses = (): number => endpoint.events.filter(({ type }) => type === 'response.create').length
const spoken = (): unknown[] =>
  endpoint.items.flatMap((item) => (item.type === 'message' && item.role === 'user' ? [item.content] : []))
const lostIt = (): string =>
  `the connection to the Realtime endpoint at ${endpoint.url}/realtime was lost (1006); dialling again`

function reconnected(rt: RealtimeSession): Promise<void> {
  return new Promise((resolve) => rt.once('session_reconnected', () => resolve()))
}

/** The endpoint is away from now on, and the session knows. */
async function takeAway(session: VoiceSession['session']): Promise<void> {
  endpoint.refuseWith = 503
  const lost = once(session, 'error')
  endpoint.dropConnections()
  await lost
}

describe('a connection that breaks', () => {
  test('while a function runs: its answer finds its call on the next, and is told once', async () => {
    const { session, called, rt } = await start()
    endpoint.scripted.push({ name: 'search', arguments: '{"query":"socks"}' })
    session.generateReply({ userInput: 'search' })
    const answer = await called
    const before = endpoint.items.find(({ type }) => type === 'function_call')
    const back = reconnected(rt)
    endpoint.dropConnections()
    await back
    answer('three pages')
    await endpoint.until(() => endpoint.outputs.length === 1)
    const count = responses()
    await endpoint.until(() => responses() > count)
    expect(endpoint.outputs).toEqual([{ result: 'three pages' }])
    expect(endpoint.items.filter(({ type }) => type === 'function_call')).toEqual([before])
    expect(endpoint.complaints).toEqual([])
    expect(problems).toEqual([lostIt()])
  })

  test('before an answer can be told: it waits for the next, with the reply', async () => {
    const { session, called } = await start()
    endpoint.scripted.push({ name: 'search', arguments: '{}' })
    session.generateReply({ userInput: 'search' })
    const answer = await called
    await takeAway(session)
    const count = responses()
    const dials = endpoint.headers.length
    answer('three pages')
    await endpoint.until(() => endpoint.headers.length > dials)
    endpoint.refuseWith = undefined
    await endpoint.until(() => endpoint.outputs.length === 1 && responses() > count)
    expect(endpoint.outputs).toEqual([{ result: 'three pages' }])
    expect(endpoint.complaints).toEqual([])
  })

  test('with the answer on its way: it is told again', async () => {
    const { session, called } = await start()
    endpoint.scripted.push({ name: 'search', arguments: '{}' })
    session.generateReply({ userInput: 'search' })
    const answer = await called
    endpoint.breakAt = isOutput
    const count = responses()
    answer('three pages')
    await endpoint.until(() => endpoint.outputs.length === 1 && responses() > count)
    expect(endpoint.outputs).toEqual([{ result: 'three pages' }])
    expect(endpoint.complaints).toEqual([])
  })

  test('with what the caller typed on its way: it is said again, and answered', async () => {
    const { session } = await start()
    endpoint.breakAt = ({ item }) => item?.type === 'message'
    session.generateReply({ userInput: 'hello' })
    await endpoint.until(() => responses() === 1)
    expect(spoken()).toEqual([[{ type: 'input_text', text: 'hello' }]])
    expect(endpoint.complaints).toEqual([])
  })

  test('with a reply asked for: it is asked for again, and spoken', async () => {
    const { session } = await start()
    endpoint.breakAt = ({ type }) => type === 'response.create'
    const said = once(session, 'conversation_item_added')
    session.generateReply({ userInput: 'hello' })
    await said
    endpoint.scripted.push({ transcript: 'Good day.', audioMs: 20 })
    await endpoint.until(() => endpoint.scripted.length === 0)
    await endpoint.until(() => endpoint.items.some(({ role }) => role === 'assistant'))
    expect(spoken()).toEqual([[{ type: 'input_text', text: 'hello' }]])
    expect(responses()).toBe(1)
  })

  test('while it is told the conversation anew: nothing of that is forgotten', async () => {
    const { session, rt } = await start()
    session.generateReply({ userInput: 'hello' })
    await endpoint.until(() => responses() === 1)
    endpoint.breakAt = ({ item }) => item?.type === 'message'
    const again = reconnected(rt).then(() => reconnected(rt))
    endpoint.dropConnections()
    await again
    await endpoint.until(() => spoken().length === 1)
    expect(spoken()).toEqual([[{ type: 'input_text', text: 'hello' }]])
    expect(endpoint.complaints).toEqual([])
  })

  test('with a change of functions on its way: the model gets it', async () => {
    const { conversation, toolset } = await start()
    endpoint.breakAt = ({ session }) => session?.tools?.some(({ name }) => name === 'b') === true
    conversation.setFunctions([functionInfo('b')])
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['b'])
  })

  test('a dozen times leaves nothing behind', async () => {
    const warnings: Error[] = []
    const collect = (warning: Error) => warnings.push(warning)
    process.on('warning', collect)
    const { rt } = await start()
    for (let count = 0; count < 12; count++) {
      // What a stable connection would have done: failures in a row are waited for longer and longer.
      const back = reconnected(rt)
      const now = performance.now
      performance.now = () => now.call(performance) + (count + 1) * 10_000
      endpoint.dropConnections()
      await back
      performance.now = now
    }
    expect(endpoint.connections).toBe(1)
    process.off('warning', collect)
    expect(warnings).toEqual([])
  })
})

describe('an answer that comes late', () => {
  const late: Pick<llm.FunctionCall, 'callId' | 'name' | 'args'> = {
    callId: 'call_x',
    name: 'search',
    args: '{"query":"socks"}',
  }

  test('finds its call, brings it along where it is not known, and never answers one twice', async () => {
    const { rt } = await start()
    await deliverOutput(rt, late, '{"result":"one"}')
    await deliverOutput(rt, late, '{"result":"two"}')
    const back = reconnected(rt)
    endpoint.dropConnections()
    await back
    await deliverOutput(rt, late, '{"result":"three"}')
    expect(endpoint.items.map(({ type, call_id }) => [type, call_id])).toEqual([
      ['function_call', 'call_x'],
      ['function_call_output', 'call_x'],
    ])
    expect(endpoint.outputs).toEqual([{ result: 'three' }])
    expect(endpoint.complaints).toEqual([])
    const sent = endpoint.events.flatMap(({ item }) =>
      item === undefined ? [] : [[item.type, item.call_id]],
    )
    expect(sent.slice(0, 4)).toEqual([
      ['function_call', 'call_x'],
      ['function_call_output', 'call_x'],
      ['function_call', 'call_x_late_1'],
      ['function_call_output', 'call_x_late_1'],
    ])
  })

  test('while the model is away is told when it is back', async () => {
    const { session, rt } = await start()
    await takeAway(session)
    const delivered = deliverOutput(rt, late, '{"result":"late"}')
    endpoint.refuseWith = undefined
    await endpoint.until(() => endpoint.outputs.length === 1)
    await delivered
    expect(endpoint.outputs).toEqual([{ result: 'late' }])
  })
})

describe('hanging up', () => {
  test('ends a session that is connecting', async () => {
    const model = createRealtimeModel({ provider: 'rehearsal', baseURL: endpoint.url })
    const rt = model.session()
    const connected = expect(rt.connected).rejects.toThrow('the call was ended')
    await rt.close()
    await connected
    await endpoint.until(() => endpoint.connections === 0)
  })

  test('ends a session that is dialling again', async () => {
    const { session, close, closed } = await start()
    await takeAway(session)
    const dials = endpoint.headers.length
    await endpoint.until(() => endpoint.headers.length > dials)
    await close()
    endpoint.refuseWith = undefined
    await expect(closed).resolves.toBeUndefined()
    expect(endpoint.connections).toBe(0)
  })

  test('right after a connection that breaks leaves no connection', async () => {
    const { close } = await start()
    endpoint.dropConnections()
    await close()
    await endpoint.until(() => endpoint.connections === 0)
  })
})
