import { expect, test } from 'vitest'
import { afterLegacy, isReplaced, mayBeReplaced } from '../../src/actors/connection/dialects.ts'
import type { Failure } from '../../src/actors/connection/failure.ts'

const failure = (facts: Partial<Failure>): Failure => ({ server: 's', sent: true, cause: 'why', ...facts })

test.each<[string, Partial<Failure>, boolean, boolean]>([
  ['an error that may pass', { rpcCode: -32603 }, false, false],
  ['HTTP 500', { status: 500 }, false, false],
  ['a method that it does not know', { rpcCode: -32601 }, true, true],
  ['no session', { rpcCode: -32000 }, true, true],
  ['no such path', { status: 404 }, true, true],
  ['another version', { rpcCode: -32022, unread: true }, true, true],
  ['that the parameters are wrong, as a tool may', { rpcCode: -32602 }, true, false],
])('a server of 2026-07-28 that answers %s', (_what, facts, ping, call) => {
  expect([isReplaced(failure(facts)), mayBeReplaced(failure(facts))]).toEqual([ping, call])
})

test('an address is taken for HTTP+SSE only where it has no POST, a process never', () => {
  expect(afterLegacy(failure({ status: 405 }), 'http')).toBe('sse')
  expect(afterLegacy(failure({ status: 500 }), 'http')).toBeUndefined()
  expect(afterLegacy(failure({ status: 400, cause: '{"error":{"code":-32022}}' }), 'http')).toBe('modern')
  expect(afterLegacy(failure({ rpcCode: -32603 }), 'stdio')).toBeUndefined()
})
