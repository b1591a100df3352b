import { expect, onTestFinished, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'

/** What a pipe carries as it comes: no transport of an SDK has looked at it. */
test('answers of 2026-07-28 that are no results end one call each, and nothing else', async () => {
  const warnings: string[] = []
  const warn = ({ message }: Error) => void warnings.push(message)
  process.on('warning', warn)
  onTestFinished(() => void process.off('warning', warn))
  const server = new TestServer('--era', 'modern', '--only', 'look')
  const opened = await openReady({ it: server.stdio() })
  const ends = []
  const results = [
    null,
    'no object',
    [],
    { resultType: 'input_required', inputRequests: { seat: 'no request' } },
    { resultType: 'input_required', requestState: 'again' },
  ]
  for (const result of results) {
    const write = `{"jsonrpc":"2.0","id":$ID,"result":${JSON.stringify(result)}}\n`
    server.order({ at: 'tools/call', write, ending: 'nothing' })
    const outcome = await opened.switchboard.call('look', {})
    ends.push(outcome.ok || [outcome.error.code, outcome.error.effect])
  }
  expect(ends).toEqual(results.map(() => ['protocol_error', 'unknown']))
  expect(opened.statesOf('it')).toEqual(['connecting', 'ready'])
  expect(warnings).toEqual([])
})
