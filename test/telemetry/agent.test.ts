import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { initializeLogger, telemetry as livekit, voice } from '@livekit/agents'
import { trace } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createVoiceAgent } from '../../src/agent/index.ts'
import { temporaryFolder } from '../cli/support.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Recorded, registerGlobals, traceparentOf } from './recorded.ts'

registerGlobals()

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))

/** A turn of an agent in which the model charges; what is recorded of it, and what the server was told. */
async function turn(...processors: SpanProcessor[]) {
  const server = new TestServer()
  const recorded = new Recorded({}, ...processors)
  // Otherwise it warns that it cannot take callers' words out.
  const options = { registerSpanProcessor: () => {} }
  livekit.setTracerProvider(recorded.tracerProvider, options)
  onTestFinished(() => livekit.setTracerProvider(trace.getTracerProvider(), options))
  const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  const { agent } = createVoiceAgent({ conversation: switchboard.conversation() })
  const llm = new voice.testing.FakeLLM([
    { input: 'charge 4711', toolCalls: [{ name: 'charge', args: { amount: 4711 } }] },
  ])
  const session = new voice.AgentSession({ llm, vad: null, turnHandling: { turnDetection: 'manual' } })
  await session.start({ agent })
  await session.run({ userInput: 'charge 4711' }).wait()
  await session.close()
  return { recorded, metas: server.metas }
}

test('in an agent a call stands beneath the turn that LiveKit tells of, up to the server', async () => {
  const { recorded, metas } = await turn()
  const tools = recorded.facts.filter(({ name }) => name.includes('tool'))
  expect(tools.map(({ name, parent }) => [name, parent])).toEqual([
    // The framework's own, which ends with what the model reads.
    ['function_tool', 'agent_turn'],
    ['execute_tool charge', 'agent_turn'],
    ['tools/call charge', 'execute_tool charge'],
  ])
  const attempt = recorded.spans.find(({ name }) => name === 'tools/call charge')
  expect(metas.map(({ traceparent }) => traceparent)).toEqual([traceparentOf(attempt)])
})

test("the processor of the docs takes what was said out of LiveKit's spans, and leaves ours as they are", async () => {
  const page = readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8')
  const [, code = ''] = /```js\n(\/\/ without-words[\s\S]*?)```/.exec(page) ?? []
  const file = join(await temporaryFolder(), 'without-words.mjs')
  await writeFile(file, code)
  const { withoutWords }: { withoutWords: SpanProcessor } = await import(file)
  const [telling, silent] = [await turn(), await turn(withoutWords)]
  const said = ({ recorded }: typeof telling) =>
    recorded.spans.some(({ attributes, events }) => JSON.stringify([attributes, events]).includes('4711'))
  expect([said(telling), said(silent)]).toEqual([true, false])
  const ours = ({ recorded }: typeof telling) =>
    recorded.facts.filter(({ name }) => name.includes(' ')).map(({ attributes }) => Object.keys(attributes))
  expect(ours(silent)).toEqual(ours(telling))
})
