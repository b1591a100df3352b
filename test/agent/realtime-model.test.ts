import { initializeLogger } from '@livekit/agents'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRealtimeModel, createVoiceAgent, startVoiceSession } from '../../src/agent/index.ts'
import { functionInfo, TestConversation } from './conversation.ts'
import { RealtimeEndpoint } from './realtime-endpoint.ts'

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))
afterEach(() => vi.unstubAllEnvs())

describe('a rehearsal', () => {
  test('needs an address', () => {
    vi.stubEnv('OPENAI_BASE_URL', 'https://api.openai.com/v1')
    expect(() => createRealtimeModel({ provider: 'rehearsal' })).toThrow('needs the baseURL')
  })

  test.each(['https://api.openai.com/v1', 'ws://10.0.0.1/v1', 'ws://127.0.0.1.example.com/v1'])(
    'refuses %s',
    (baseURL) => {
      expect(() => createRealtimeModel({ provider: 'rehearsal', baseURL })).toThrow('not a loopback address')
    },
  )

  test('is dialled at its own address with no key, whatever the environment says', async () => {
    const endpoint = await RealtimeEndpoint.start()
    const elsewhere = await RealtimeEndpoint.start()
    vi.stubEnv('OPENAI_BASE_URL', elsewhere.url)
    vi.stubEnv('OPENAI_API_KEY', 'sk-secret')
    const model = createRealtimeModel({ provider: 'rehearsal', baseURL: endpoint.url, apiKey: 'sk-given' })
    const { agent } = createVoiceAgent({ conversation: new TestConversation([functionInfo('a')]) })
    const { close } = await startVoiceSession({ agent, model })
    expect(endpoint.headers).toEqual(['Bearer rehearsal'])
    expect(elsewhere.headers).toEqual([])
    expect(model.model).toBe('rehearsal')
    await close()
    await endpoint.close()
    await elsewhere.close()
  })
})

describe('OpenAI', () => {
  test.each([undefined, ''])('is not used without a key (%j)', (key) => {
    vi.stubEnv('OPENAI_API_KEY', key)
    expect(() => createRealtimeModel({ provider: 'openai' })).toThrow('set OPENAI_API_KEY')
  })

  test('is the same agent with another key and address', async () => {
    const endpoint = await RealtimeEndpoint.start()
    vi.stubEnv('OPENAI_API_KEY', 'sk-test')
    vi.stubEnv('OPENAI_BASE_URL', endpoint.url)
    const model = createRealtimeModel({ provider: 'openai', model: 'gpt-realtime-mini' })
    const { agent } = createVoiceAgent({ conversation: new TestConversation([functionInfo('a')]) })
    const { close } = await startVoiceSession({ agent, model })
    await endpoint.until(() => endpoint.toolLists.length > 0)
    expect(endpoint.headers).toEqual(['Bearer sk-test'])
    expect(endpoint.toolLists).toEqual([['a']])
    await close()
    await endpoint.close()
  })
})
