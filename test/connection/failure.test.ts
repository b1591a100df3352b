import { describe, expect, test } from 'vitest'
import {
  connectProblemOf,
  endOf,
  type Failure,
  isSessionLost,
  problemOf,
} from '../../src/actors/connection/failure.ts'

const failure = (facts: Partial<Failure>): Failure => ({ server: 's', sent: true, cause: 'why', ...facts })

/** Code and effect; `again` where another try may be made at once. */
function verdict(facts: Partial<Failure>): string {
  const end = endOf(failure(facts))
  return end.ok ? 'ok' : `${end.error.code}/${end.error.effect}${end.retryable ? ' again' : ''}`
}

describe('what decides the effect (DESIGN, "What decides the effect")', () => {
  test.each<[string, Partial<Failure>, string]>([
    ['not sent', { sent: false }, 'server_unavailable/none again'],
    ['connection refused', { systemCode: 'ECONNREFUSED' }, 'server_unavailable/none again'],
    ['DNS: not found', { systemCode: 'ENOTFOUND' }, 'server_unavailable/none again'],
    ['DNS: try again', { systemCode: 'EAI_AGAIN' }, 'server_unavailable/none again'],
    ['TLS: expired', { systemCode: 'CERT_HAS_EXPIRED' }, 'server_unavailable/none again'],
    ['TLS: another name', { systemCode: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'server_unavailable/none again'],
    ['TLS: self-signed', { systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'server_unavailable/none again'],
    ['TLS: not TLS', { systemCode: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'server_unavailable/none again'],
    ['connect time-out', { systemCode: 'UND_ERR_CONNECT_TIMEOUT' }, 'server_unavailable/none again'],
    [
      'no route, which a read of a standing connection can say too',
      { systemCode: 'EHOSTUNREACH' },
      'connection_lost/unknown',
    ],
    [
      'a broken TLS record in mid-stream',
      { systemCode: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' },
      'connection_lost/unknown',
    ],
    ['reset', { systemCode: 'ECONNRESET' }, 'connection_lost/unknown'],
    ['closed before any byte', { systemCode: 'UND_ERR_SOCKET' }, 'connection_lost/unknown'],
    ['broken pipe', { systemCode: 'EPIPE' }, 'connection_lost/unknown'],
    ['stream lost', {}, 'connection_lost/unknown'],
    ['unreadable 200', { unreadable: true }, 'protocol_error/unknown'],
    ['session lost: 404', { status: 404, hadSession: true }, 'server_unavailable/none again'],
    [
      'session lost: 400',
      { status: 400, hadSession: true, cause: '{"code":-32000,"message":"No valid session ID"}' },
      'server_unavailable/none again',
    ],
    [
      '400 -32000 of something else',
      { status: 400, hadSession: true, cause: '{"code":-32000,"message":"no"}' },
      'protocol_error/unknown',
    ],
    [
      '400 that names a session without -32000',
      { status: 400, hadSession: true, cause: 'session' },
      'protocol_error/unknown',
    ],
    ['404 without a session', { status: 404 }, 'protocol_error/unknown'],
    ['429', { status: 429 }, 'overloaded/none again'],
  ])('%s', (_, facts, expected) => {
    expect(verdict(facts)).toBe(expected)
  })

  test.each([301, 302, 303, 307, 308, 405, 406, 413, 415])('HTTP %i: surely nothing', (status) => {
    expect(verdict({ status })).toBe('protocol_error/none')
  })

  test.each([400, 402, 404, 408, 409, 410, 418, 422, 500, 501, 502, 503, 504, 520])(
    'HTTP %i: not known, also with Retry-After',
    (status) => {
      expect(verdict({ status, retryAfterMs: 1_000 })).toBe('protocol_error/unknown')
    },
  )

  test.each([401, 403])('HTTP %i: no access', (status) => {
    expect(verdict({ status })).toBe('unauthorized/none')
  })

  test.each([-32700, -32600, -32601])('JSON-RPC %i: surely nothing', (rpcCode) => {
    expect(verdict({ rpcCode })).toBe('protocol_error/none')
  })

  test.each([-32602, -32603, -32000, -32001, -32022, 0, 1])('JSON-RPC %i: not known', (rpcCode) => {
    expect(verdict({ rpcCode })).toBe('protocol_error/unknown')
  })
})

test('an error keeps the cause and the wait that was asked for', () => {
  expect(endOf(failure({ status: 429, retryAfterMs: 2_000, cause: 'slow down' }))).toEqual({
    ok: false,
    error: {
      code: 'overloaded',
      effect: 'none',
      message: 's takes no more calls now. Nothing was done.',
      retryAfterMs: 2_000,
      cause: 'slow down',
    },
    retryable: true,
  })
})

test('what was sent without a session cannot have lost one', () => {
  expect(isSessionLost(failure({ status: 404 }))).toBe(false)
})

test.each<[string, Partial<Failure>, during: string | undefined, connecting: string]>([
  ['command not found', { systemCode: 'ENOENT' }, 'suspect', 'permanent'],
  ['not executable', { systemCode: 'EACCES' }, 'suspect', 'permanent'],
  ['unsupported version', { rpcCode: -32022 }, undefined, 'permanent'],
  [
    "the SDK's word for it",
    { cause: "Server's protocol version is not supported: 1999-01-01" },
    'suspect',
    'permanent',
  ],
  ['401', { status: 401 }, 'unauthorized', 'unauthorized'],
  ['403', { status: 403 }, undefined, 'unauthorized'],
  ['refused', { systemCode: 'ECONNREFUSED' }, 'lost', 'lost'],
  ['session lost', { status: 404, hadSession: true }, 'lost', 'lost'],
  ['500', { status: 500 }, undefined, 'lost'],
  ['an error of JSON-RPC', { rpcCode: -32603 }, undefined, 'lost'],
  ['unreadable', { unreadable: true }, undefined, 'lost'],
  ['a stream that was cut', {}, 'suspect', 'lost'],
])('%s: what it says of the connection', (_, facts, during, connecting) => {
  expect([problemOf(failure(facts)).verdict, connectProblemOf(failure(facts)).verdict]).toEqual([
    during,
    connecting,
  ])
})
