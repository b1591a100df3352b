import { once } from 'node:events'
import { createServer } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import type { VoiceSession } from '../../src/agent/index.ts'
import { openEndpoint, startCall } from './call.ts'
import { answered, functionInfo, TestConversation } from './conversation.ts'
import type { RealtimeEndpoint } from './realtime-endpoint.ts'

let endpoint: RealtimeEndpoint

beforeEach(async () => {
  endpoint = await openEndpoint()
})

function start(conversation: TestConversation, baseURL = endpoint.url): Promise<VoiceSession> {
  return startCall(conversation, baseURL, { instructions: 'You sell socks.' })
}

describe('an endpoint that cannot be reached', () => {
  test('is an error that names it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    server.close()
    await once(server, 'close')
    await expect(start(new TestConversation([]), `ws://127.0.0.1:${port}/v1`)).rejects.toThrow(
      `cannot reach the Realtime endpoint at ws://127.0.0.1:${port}/v1/realtime: connect ECONNREFUSED`,
    )
  })

  test('because it refuses the key is an error that says so', async () => {
    endpoint.refuseWith = 401
    await expect(start(new TestConversation([]))).rejects.toThrow(
      `cannot reach the Realtime endpoint at ${endpoint.url}/realtime: Unexpected server response: 401`,
    )
  })
})

describe('a session', () => {
  test('tells the model what the agent is and to be honest', async () => {
    await start(new TestConversation([]))
    await endpoint.until(() => endpoint.events.some(({ session }) => session?.instructions !== undefined))
    const text = endpoint.events
      .map(({ session }) => session?.instructions)
      .find((found) => found !== undefined)
    expect(text).toMatch(/^You sell socks\.\n/)
    expect(text).toContain('Never say that something was done')
    expect(text).toContain('not known whether it was done')
  })

  test('hands functions and their raw schemas to the model, and follows their changes', async () => {
    const search = functionInfo('search', { query: { type: 'string', examples: ['socks'] } })
    const conversation = new TestConversation([search])
    await start(conversation)
    await endpoint.until(() => endpoint.toolLists.length === 1)
    const tools = endpoint.events.flatMap(({ session }) => session?.tools ?? [])
    expect(tools).toEqual([
      { type: 'function', name: 'search', description: search.description, parameters: search.inputSchema },
    ])
    conversation.setFunctions([search, functionInfo('charge')])
    await endpoint.until(() => endpoint.toolLists.length === 2)
    conversation.setFunctions([functionInfo('charge')])
    await endpoint.until(() => endpoint.toolLists.length === 3)
    expect(endpoint.toolLists).toEqual([['search'], ['search', 'charge'], ['charge']])
  })

  test('gives the model the answer of a function as an object', async () => {
    const conversation = new TestConversation([functionInfo('search')], {
      search: () => answered('three pages'),
    })
    const { session } = await start(conversation)
    endpoint.scripted.push({ name: 'search', arguments: '{"query":"socks"}' })
    session.generateReply({ userInput: 'search for socks' })
    await endpoint.until(() => endpoint.outputs.length === 1)
    expect(endpoint.outputs).toEqual([{ result: 'three pages' }])
    expect(conversation.calls).toEqual([{ name: 'search', args: { query: 'socks' } }])
  })

  test('tells the conversation when the caller speaks', async () => {
    const conversation = new TestConversation([])
    const { session } = await start(conversation)
    const speaking = once(session, 'user_state_changed')
    endpoint.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_x' })
    await speaking
    expect(conversation.spoken).toEqual(['caller speaks'])
  })

  test('hangs up on the model when it is closed', async () => {
    const { close, closed } = await start(new TestConversation([]))
    expect(endpoint.connections).toBe(1)
    await close()
    await expect(closed).resolves.toBeUndefined()
    await endpoint.until(() => endpoint.connections === 0)
  })
})

describe('a connection that is lost', () => {
  test('comes back, and the first change of functions after it reaches the model', async () => {
    const conversation = new TestConversation([functionInfo('a')])
    await start(conversation)
    await endpoint.until(() => endpoint.toolLists.length === 1)
    endpoint.dropConnections()
    await endpoint.until(() => endpoint.toolLists.length === 2)
    conversation.setFunctions([functionInfo('b')])
    await endpoint.until(() => endpoint.toolLists.length === 3)
    expect(endpoint.toolLists).toEqual([['a'], ['a'], ['b']])
  })

  test('for good ends the session with the reason', async () => {
    const { closed } = await start(new TestConversation([functionInfo('a')]))
    endpoint.refuseWith = 503
    endpoint.dropConnections()
    await expect(closed).resolves.toMatchObject({
      message: `cannot reach the Realtime endpoint at ${endpoint.url}/realtime: Unexpected server response: 503`,
    })
  })
})
