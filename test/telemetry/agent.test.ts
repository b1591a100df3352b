import { initializeLogger, telemetry as livekit, voice } from '@livekit/agents'
import { trace } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
import { createVoiceAgent } from '../../src/agent/index.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Recorded, registerGlobals, traceparentOf } from './recorded.ts'

registerGlobals()

test('in an agent a call stands beneath the turn that LiveKit tells of, up to the server', async () => {
  initializeLogger({ pretty: false, level: 'silent' })
  const server = new TestServer()
  const recorded = new Recorded()
  // Otherwise it warns that it cannot take callers' words out.
  const options = { registerSpanProcessor: () => {} }
  livekit.setTracerProvider(recorded.tracerProvider, options)
  onTestFinished(() => livekit.setTracerProvider(trace.getTracerProvider(), options))
  const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  const { agent } = createVoiceAgent({ conversation: switchboard.conversation() })
  const llm = new voice.testing.FakeLLM([
    { input: 'charge me', toolCalls: [{ name: 'charge', args: { amount: 5 } }] },
  ])
  const session = new voice.AgentSession({ llm, vad: null, turnHandling: { turnDetection: 'manual' } })
  await session.start({ agent })
  await session.run({ userInput: 'charge me' }).wait()
  await session.close()

  const facts = recorded.facts
    .filter(({ name }) => /tool/.test(name))
    .map(({ name, parent }) => [name, parent])
  expect(facts).toEqual([
    // The framework's own, which ends with what the model reads.
    ['function_tool', 'agent_turn'],
    ['execute_tool charge', 'agent_turn'],
    ['tools/call charge', 'execute_tool charge'],
  ])
  const attempt = recorded.spans.find(({ name }) => name === 'tools/call charge')
  expect(server.metas.map(({ traceparent }) => traceparent)).toEqual([traceparentOf(attempt)])
})
