import { expect, test } from 'vitest'
import { createActor, createMachine } from 'xstate'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { readableCopy } from '../../src/inspection/readable-copy.ts'

const plain = (value: unknown) => readableCopy(value, (text) => text)

test('a copy is JSON, whatever it is of', () => {
  const actor = createActor(createMachine({}), { id: 'one' })
  const cyclic: Record<string, unknown> = { name: 'a' }
  cyclic.self = cyclic
  const broken = {
    get field(): string {
      throw new Error('no')
    },
  }
  const target = new SealedTarget({ kind: 'stdio', command: 'secret', args: [], env: {} })

  const copied = plain({
    text: 'a',
    count: 1,
    big: 2n,
    none: Number.NaN,
    work: () => {},
    missing: undefined,
    nothing: null,
    names: new Map([['a', 1]]),
    pairs: new Map([[1, 'a']]),
    set: new Set(['a', 'b']),
    at: new Date(0),
    url: new URL('http://localhost/a'),
    bytes: new Uint8Array(3),
    error: new TypeError('wrong'),
    list: [undefined, 1],
    actor,
    target,
    cyclic,
    broken,
  })

  expect(JSON.parse(JSON.stringify(copied))).toEqual({
    text: 'a',
    count: 1,
    big: '2',
    none: 'NaN',
    nothing: null,
    names: { a: 1 },
    pairs: [[1, 'a']],
    set: ['a', 'b'],
    at: '1970-01-01T00:00:00.000Z',
    url: 'http://localhost/a',
    bytes: '[3 bytes]',
    error: { message: 'wrong' },
    list: [null, 1],
    actor: { id: 'one', sessionId: actor.sessionId },
    target: { kind: 'stdio' },
    cyclic: { name: 'a', self: '[circular]' },
    broken: '[unreadable: no]',
  })
})

test('a copy has an end, however long, wide or deep what it is of', () => {
  expect(plain('a'.repeat(10_001))).toBe(`${'a'.repeat(10_000)}… (cut: 1 more characters)`)
  expect(plain('a'.repeat(10_000_000))).toBe('[10000000 characters]')
  expect(plain(Array.from({ length: 203 }, () => 0))).toEqual([
    ...Array.from({ length: 200 }, () => 0),
    '[3 more]',
  ])
  const wide = Object.fromEntries(Array.from({ length: 202 }, (_, index) => [`key ${index}`, 0]))
  expect(plain(wide)).toMatchObject({ 'key 199': 0, '…': '2 more' })
  const deep = Array.from({ length: 100_000 }).reduce((inner) => ({ inner }), {})
  expect(JSON.stringify(plain(deep)).replaceAll('{"inner":', '').replaceAll('}', '')).toBe(
    '"[nested more deeply]"',
  )
  const bushy = Array.from({ length: 8 }).reduce<unknown>((inner) => [inner, inner, inner, inner], {})
  expect(JSON.stringify(plain(bushy)).length).toBeLessThan(300_000)
})

test('every text passes the mask as a whole, names too', () => {
  const mask = (text: string) => text.replaceAll('secret', '[hidden]')
  const long = `${'a'.repeat(9_998)}secret`
  expect(
    readableCopy({ secret: ['a secret', new Map([['secret', new Error('secret')]])], long }, mask),
  ).toEqual({
    '[hidden]': ['a [hidden]', { '[hidden]': { message: '[hidden]' } }],
    long: `${'a'.repeat(9_998)}[h… (cut: 6 more characters)`,
  })
})
