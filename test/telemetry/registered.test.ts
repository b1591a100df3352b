import { trace } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
import { registeredTelemetry } from '../../src/telemetry/registered.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Recorded } from './recorded.ts'

const variable = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'

test('commands measure where an SDK is registered, and record what is said where its variable says so', async () => {
  expect(await registeredTelemetry({})).toEqual({})
  const recorded = new Recorded()
  trace.setGlobalTracerProvider(recorded.tracerProvider)
  onTestFinished(() => trace.disable())
  const server = new TestServer('--only', 'charge')
  for (const environment of [{}, { [variable]: 'false' }, { [variable]: 'true' }]) {
    const options = await registeredTelemetry(environment)
    const { switchboard } = await openReady({ bank: server.stdio() }, options)
    await switchboard.call('charge', { amount: 1 })
    await switchboard.stop()
  }
  const given = recorded.facts
    .filter(({ name }) => name === 'execute_tool charge')
    .map(({ attributes }) => attributes['gen_ai.tool.call.arguments'])
  expect(given).toEqual([undefined, undefined, '{"amount":1}'])
})
