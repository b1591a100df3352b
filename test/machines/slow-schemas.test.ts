import { Script } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { JsonObject } from '../../src/contract/protocol.ts'
import { schemaProblem, violation } from '../../src/machines/validation.ts'

/** What is run within a limit, here without one, so that a slow machine changes nothing. */
const runs = () => vi.spyOn(Script.prototype, 'runInContext').mockImplementation((box) => box.work())
const property = (schema: JsonObject): JsonObject => ({ type: 'object', properties: { a: schema } })

afterEach(() => void vi.restoreAllMocks())

describe('a check that could take long is given a limited time:', () => {
  const limited = (schema: JsonObject, value: unknown) => {
    const spy = runs()
    violation(schema, value, 'it')
    return spy.mock.calls.map(([, options]) => options?.timeout)
  }

  test('not that of a small schema', () => {
    expect(limited(property({ type: 'string', minLength: 1, enum: ['b', null] }), { a: 'b' })).toEqual([])
  })

  test.each([
    { $ref: '#/properties/a' },
    { $recursiveRef: '#' },
    { $dynamicRef: '#' },
    { pattern: '^b$' },
    { patternProperties: {} },
    { format: 'date' },
    { propertyNames: {} },
    { uniqueItems: true },
    { contains: {} },
  ])('that of %j', (keyword) => {
    expect(limited({ type: 'object', ...keyword, properties: { a: {} } }, { a: 'b' })).toEqual([15])
  })

  test('that of such a keyword at any depth', () => {
    expect(limited(property({ anyOf: [{ not: { pattern: '^b$' } }] }), { a: 'b' })).toEqual([15])
  })

  test.each([
    ['many values', property({ enum: Array.from({ length: 296 }, (_, index) => index) }), []],
    ['too many values', property({ enum: Array.from({ length: 297 }, (_, index) => index) }), [15]],
    ['a long text', property({ const: 'b'.repeat(300) }), []],
    ['too long a text', property({ const: 'b'.repeat(301) }), [15]],
  ])('that of a schema with %s', (_, schema, timeouts) => {
    expect(limited(schema, { a: 'b' })).toEqual(timeouts)
  })

  test.each([
    ['many values', Array.from({ length: 199 }, () => 1), []],
    ['too many values', Array.from({ length: 200 }, () => 1), [15]],
    ['too many values within each other', Array.from({ length: 20 }, () => Array(10).fill(1)), [15]],
    ['a long text', 'b'.repeat(200), []],
    ['too long a text', 'b'.repeat(201), [15]],
    ['the name of such a keyword', { pattern: null }, []],
  ])('that of a value with %s', (_, a, timeouts) => {
    expect(limited(property({}), { a })).toEqual(timeouts)
  })

  test('that of a value with more properties than so many', () => {
    const propertiesOf = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 1]))
    expect(limited({ type: 'object' }, propertiesOf(200))).toEqual([])
    expect(limited({ type: 'object' }, propertiesOf(201))).toEqual([15])
  })

  test('and a huge value is still checked, and its keys are not listed for it', () => {
    runs()
    const ownKeys = vi.fn(Reflect.ownKeys)
    const a = new Proxy(new Array<number>(1_000_000).fill(1), { ownKeys })
    expect(violation(property({ type: 'string' }), { a }, 'it')).toBe('a must be of type string, not array')
    expect(ownKeys).not.toHaveBeenCalled()
  })
})

describe('a check that takes too long', () => {
  const slow = () => property({ pattern: '^b$' })
  const wrong = { a: 'c' }
  const words = 'a: String does not match pattern'
  const timeout = () => {
    throw Object.assign(new Error('it timed out'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' })
  }
  let warn: ReturnType<typeof vi.spyOn>

  beforeEach(() => {
    warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  })

  test('is tried once more, with more time', () => {
    const spy = runs().mockImplementationOnce(timeout)
    expect(violation(slow(), wrong, 'it')).toBe(words)
    expect(spy.mock.calls.map(([, options]) => options?.timeout)).toEqual([15, 30])
    expect(warn).not.toHaveBeenCalled()
  })

  test('is passed over, with a warning that says so', () => {
    runs().mockImplementation(timeout)
    expect(violation(slow(), wrong, 'a call of pay')).toBeUndefined()
    expect(warn.mock.calls).toEqual([
      [
        'a call of pay cannot be checked against its schema: it takes more than 30 ms to check',
        'SwitchboardWarning',
      ],
    ])
  })

  test('is tried again after ten seconds, and warned of once', () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000)
    const spy = runs().mockImplementation(timeout)
    const schema = slow()
    const triesAt = (ms: number) => {
      now.mockReturnValue(ms)
      const before = spy.mock.calls.length
      violation(schema, wrong, 'it')
      return spy.mock.calls.length - before
    }
    expect([1_000, 10_999, 11_000, 20_999, 21_000].map(triesAt)).toEqual([2, 0, 2, 0, 2])
    expect(warn).toHaveBeenCalledTimes(1)
  })

  test('says nothing of other schemas', () => {
    runs().mockImplementationOnce(timeout).mockImplementationOnce(timeout)
    violation(slow(), wrong, 'it')
    expect(violation(slow(), wrong, 'it')).toBe(words)
  })

  test('does not make a schema unusable', () => {
    runs().mockImplementation(timeout)
    expect(schemaProblem(slow())).toBeUndefined()
    expect(warn).not.toHaveBeenCalled()
  })
})
