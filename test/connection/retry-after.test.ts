import { expect, test } from 'vitest'
import { retryAfterMs } from '../../src/actors/connection/watched-fetch.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

test.each([
  [null, undefined],
  ['3', 3_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
  ['soon', undefined],
  ['99999999999', 3_600_000],
])('Retry-After: %s', (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected)
})
