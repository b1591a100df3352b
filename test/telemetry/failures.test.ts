import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Recorded, registerGlobals } from './recorded.ts'

registerGlobals()

/** Of each span what tells how it ended. */
function endsOf(recorded: Recorded) {
  return recorded.facts.map(({ name, error = false, words, attributes }) => {
    const { 'mcp_switchboard.code': code, 'mcp_switchboard.effect': effect } = attributes
    const { 'error.type': errorType, 'rpc.response.status_code': rpcCode } = attributes
    return [name, { code, effect, error, errorType, rpcCode, words }]
  })
}

test('a call that fails has its code and effect, and its attempt what the server said in numbers', async () => {
  const server = new TestServer()
  server.order({ at: 'tools/call', once: true, error: { code: -32603, message: 'the vault is open' } })
  const recorded = new Recorded()
  const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry: recorded.telemetry })
  await switchboard.call('charge', { amount: 7 })
  await switchboard.call('fail', {})
  await switchboard.call('sum', { answer: 'wrong' })
  await switchboard.call('charge', { amount: 'much' })
  await switchboard.call('made_up', {})
  await switchboard.call('wait', {}, { timeoutMs: 300 })

  const failed = { error: true }
  expect(endsOf(recorded)).toEqual([
    [
      'execute_tool charge',
      { ...failed, code: 'protocol_error', effect: 'unknown', errorType: 'protocol_error' },
    ],
    [
      'tools/call charge',
      { ...failed, code: 'protocol_error', effect: 'unknown', errorType: '-32603', rpcCode: '-32603' },
    ],
    ['execute_tool fail', { ...failed, code: 'tool_error', effect: 'unknown', errorType: 'tool_error' }],
    ['tools/call fail', { ...failed, code: 'tool_error', effect: 'unknown', errorType: 'tool_error' }],
    ['execute_tool sum', { ...failed, code: 'invalid_result', effect: 'done', errorType: 'invalid_result' }],
    // The server has answered: that its answer breaks its schema is found above it.
    ['tools/call sum', { error: false, code: 'ok', effect: 'done' }],
    [
      'execute_tool charge',
      { ...failed, code: 'invalid_arguments', effect: 'none', errorType: 'invalid_arguments' },
    ],
    [
      'execute_tool made_up',
      { ...failed, code: 'unknown_function', effect: 'none', errorType: 'unknown_function' },
    ],
    ['execute_tool wait', { ...failed, code: 'timed_out', effect: 'unknown', errorType: 'timed_out' }],
    ['tools/call wait', { ...failed, code: 'timed_out', errorType: 'timed_out' }],
  ])
})

test('nothing has failed where the caller changed their mind, or is asked first', async () => {
  const server = new TestServer()
  const recorded = new Recorded()
  const options = { tools: { look: { confirm: true } } }
  const { switchboard } = await openReady({ bank: server.stdio(options) }, { telemetry: recorded.telemetry })
  const controller = new AbortController()
  const call = switchboard.call('wait', {}, { signal: controller.signal })
  await server.untilStarted('wait')
  controller.abort()
  await call
  await switchboard.call('look', {})
  expect(endsOf(recorded)).toEqual([
    ['execute_tool wait', { error: false, code: 'cancelled', effect: 'unknown' }],
    ['tools/call wait', { error: false, code: 'cancelled' }],
    ['execute_tool look', { error: false, code: 'confirmation_required', effect: 'none' }],
  ])
})

test('what is said is in spans only where the operator wants it', async () => {
  const server = new TestServer()
  const [silent, telling] = [new Recorded(), new Recorded({ recordContents: true })]
  for (const { telemetry } of [silent, telling]) {
    const { switchboard } = await openReady({ bank: server.stdio() }, { telemetry })
    await switchboard.call('odd_pattern', { name: 'alice' })
    await switchboard.call('fail', {})
    await switchboard.stop()
  }
  const isTold = ({ facts }: Recorded) => /alice|paper/.test(JSON.stringify(facts))
  expect([isTold(silent), isTold(telling)]).toEqual([false, true])
  const told = telling.facts.map(({ words, attributes }) => ({
    given: attributes['gen_ai.tool.call.arguments'],
    result: attributes['gen_ai.tool.call.result'],
    words,
  }))
  expect(told).toEqual([
    { given: '{"name":"alice"}', result: 'hello alice' },
    {},
    { given: '{}', words: expect.stringContaining('the printer is out of paper') },
    {},
  ])
})
