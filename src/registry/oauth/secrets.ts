import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const stateBytes = 32

export function newState(): string {
  return randomBytes(stateBytes).toString('base64url')
}

/** SHA-256. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

export function isHashOf(hash: string, secret: string): boolean {
  const expected = Buffer.from(hash)
  const actual = Buffer.from(hashOf(secret))
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}
