import { expect, test } from 'vitest'
import { createActor, createMachine } from 'xstate'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { Projection } from '../../src/inspection/projection.ts'

const plain = new Projection((text) => text)

test('a copy is JSON, whatever it is of', () => {
  const cyclic: Record<string, unknown> = { name: 'a' }
  cyclic.self = cyclic
  const broken = {
    get field(): string {
      throw new Error('no')
    },
  }
  const gone = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('revoked')
      },
    },
  )

  const copied = plain.of({
    text: 'a\u202e\u001b[1mb',
    count: 1,
    big: 2n,
    work: () => {},
    missing: undefined,
    nothing: null,
    names: new Map([['a', 1]]),
    set: new Set(['a', 'b']),
    at: new Date(0),
    url: new URL('http://localhost/a'),
    bytes: new Uint8Array(3),
    error: new TypeError('wrong'),
    actor: createActor(createMachine({}), { id: 'one' }),
    target: new SealedTarget({ kind: 'stdio', command: 'secret', args: [], env: {} }),
    ...{ cyclic, broken, gone },
  })

  expect(JSON.parse(JSON.stringify(copied))).toEqual({
    text: 'a[1mb',
    count: 1,
    big: '2',
    nothing: null,
    names: { a: 1 },
    set: ['a', 'b'],
    at: '1970-01-01T00:00:00.000Z',
    url: 'http://localhost/a',
    bytes: 'a Uint8Array',
    error: 'TypeError: wrong',
    actor: 'actor one',
    target: 'a SealedTarget',
    cyclic: { name: 'a', self: '…' },
    broken: 'unreadable: no',
    gone: 'unreadable: revoked',
  })
})

test('a copy has an end, however long, wide or deep what it is of', () => {
  expect(plain.of('a'.repeat(501))).toBe(`${'a'.repeat(500)}… (cut: 1 more characters)`)
  expect(plain.of('a'.repeat(10_000_000))).toBe(`${'a'.repeat(500)}… (cut: 9999500 more characters)`)
  const many = Array.from({ length: 33 }, () => 0)
  expect(plain.of(many)).toEqual([...many.slice(3), '… and 3 more'])
  const wide = Object.fromEntries(many.map((_, index) => [`key ${index}`, 0]))
  expect(plain.of(wide)).toMatchObject({ 'key 29': 0, '…': 'and 3 more' })
  const deep = Array.from({ length: 100_000 }).reduce((inner) => ({ inner }), {})
  expect(JSON.stringify(plain.of(deep))).toBe(`${'{"inner":'.repeat(6)}"…"${'}'.repeat(6)}`)
  const bushy = Array.from({ length: 5 }).reduce<unknown>(
    (inner) => Array.from({ length: 30 }, () => inner),
    {},
  )
  expect(JSON.stringify(plain.of(bushy)).match(/[[{]/g)?.length).toBeLessThanOrEqual(5_000)
})

const target = new SealedTarget({
  kind: 'stdio',
  command: 'x',
  args: [],
  env: { KEY: `begin${'-'.repeat(300)}end` },
})
const secret = `begin${'-'.repeat(300)}end`
const masked = new Projection((text) => target.mask(text))

test('every text passes the mask, names too', () => {
  expect(masked.of({ [secret]: [`a ${secret}`, new Map([[secret, new Error(secret)]])] })).toEqual({
    '[hidden]': ['a [hidden]', { '[hidden]': 'Error: [hidden]' }],
  })
})

test.each([0, 1, 100, 307])('no part of a secret is told where a text is cut (%d characters on)', (shift) => {
  const text = `${'.'.repeat(shift)}${secret.repeat(1_000)}`
  expect(masked.text(text)).not.toMatch(/begin|end|--/)
  expect(masked.text(`${'.'.repeat(400 + shift)}${secret}`)).not.toMatch(/begin|end|--/)
})
