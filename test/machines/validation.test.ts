import { describe, expect, test, vi } from 'vitest'
import type { JsonObject } from '../../src/contract/protocol.ts'
import { schemaProblem, violation } from '../../src/machines/validation.ts'

const schema = {
  type: 'object',
  properties: {
    to: { type: 'array', items: { type: 'string', minLength: 1 } },
    amount: { type: 'integer' },
    note: { type: ['string', 'null'], minLength: 3 },
    from: { type: 'object', required: ['name'] },
    copies: { type: 'array', minItems: 1 },
    key: { const: 'say "yes".' },
    day: { enum: ['today, or now', 'tomorrow', 3] },
    kind: { enum: ['giro'] },
  },
  required: ['to'],
  additionalProperties: false,
}

test.each([
  [{ to: ['a'] }, undefined],
  [{}, 'to is missing'],
  [{ to: [], from: {} }, 'from/name is missing'],
  [{ to: ['a', ''] }, 'to/1 is empty'],
  [{ to: [], copies: [] }, 'copies: Array has too few items (0 < 1)'],
  [{ to: [], note: 'ab' }, 'note: String is too short (2 < 3)'],
  [{ to: [], amount: 1.5 }, 'amount must be of type integer, not number'],
  [{ to: [], note: 5 }, 'note must be of type string or null, not number'],
  [{ to: [], key: 'no' }, 'key must be "say \\"yes\\"."'],
  [{ to: [], day: 'morgen' }, 'day must be one of "today, or now", "tomorrow", 3'],
  [{ to: [], kind: 'savings' }, 'kind must be "giro"'],
  [{ to: [], extra: 1 }, 'extra is not known'],
])('%j', (value, expected) => {
  expect(violation(schema, value, 'it')).toBe(expected)
})

test.each([
  [{ type: 'array', items: { type: 'string' } }, ['a'], undefined],
  [{ type: 'array', items: { type: 'string' } }, ['a', 1], '1 must be of type string, not number'],
  [{ type: 'array' }, {}, 'type array is needed, not object'],
  [{ type: ['object', 'null'] }, null, undefined],
  [{ type: ['object', 'null'] }, [], 'type object or null is needed, not array'],
  [{ type: 'integer', minimum: 5 }, 4, '4 is less than 5'],
  [{ enum: ['a', 'b'] }, 'c', 'one of "a", "b" is needed'],
  [{}, false, undefined],
])('a schema of any type holds: %j of %j', (any, value, expected) => {
  expect(violation(any, value, 'it')).toBe(expected)
})

test.each([
  [{ minProperties: 2 }, 'Instance does not have at least 2 properties'],
  [{ $defs: { nothing: false }, $ref: '#/$defs/nothing' }, 'False boolean schema'],
])('arguments that as a whole break %j are told as the validator says it', (whole, expected) => {
  expect(violation(whole, { a: 1 }, 'it')).toBe(expected)
})

test.each(['größe in cm', '50 %', 'a#b', '名前'])('the name "%s" is said as it is', (name) => {
  const wanted = { properties: { [name]: { type: 'string' } } }
  expect(violation(wanted, { [name]: 1 }, 'it')).toBe(`${name} must be of type string, not number`)
})

test('the words are short and clean, whatever the arguments are', () => {
  const bidirectional = { properties: { a: { const: 'b\u202e' } } }
  expect(violation(bidirectional, { a: 1 }, 'it')).toBe('a must be "b"')
  const closed = { additionalProperties: false }
  expect(violation(closed, { 'a\u0000b\u202e': 1 }, 'it')).toBe('ab is not known')
  expect(violation({ required: ['a\nb\nc'] }, {}, 'it')).toBe('a b c is missing')
  expect(violation(closed, { ['x'.repeat(600)]: 1 }, 'it')).toBe(
    `${'x'.repeat(500)}… (cut: 113 more characters)`,
  )
})

describe('a schema that says its dialect is read in it:', () => {
  const siblings = {
    properties: { a: { $ref: '#/definitions/any', type: 'string' } },
    definitions: { any: {} },
  }
  const above = { properties: { a: { minimum: 5, exclusiveMinimum: true } } }
  const beside = 'a must be of type string, not number'

  test.each<[unknown, string | undefined, string | undefined]>([
    ['http://json-schema.org/draft-04/schema#', undefined, 'a: 5 is less than or equal to  5'],
    ['http://json-schema.org/draft-07/schema#', undefined, undefined],
    ['https://json-schema.org/draft/2019-09/schema', beside, undefined],
    ['https://json-schema.org/draft/2020-12/schema', beside, undefined],
    [undefined, beside, undefined],
    [['draft-07'], beside, undefined],
  ])('%s', (dialect, besideRef, atTheLimit) => {
    const said: JsonObject = dialect === undefined ? {} : { $schema: dialect }
    expect(violation({ ...said, ...siblings }, { a: 5 }, 'it')).toBe(besideRef)
    expect(violation({ ...said, ...above }, { a: 5 }, 'it')).toBe(atTheLimit)
  })
})

test('a schema is read through once, however many arguments are checked against it', () => {
  let reads = 0
  const counting = {
    type: 'object',
    get title() {
      reads += 1
      return 'read'
    },
  }
  violation(counting, {}, 'it')
  const first = reads
  expect(first).toBeGreaterThan(0)
  violation(counting, {}, 'it')
  violation(counting, { a: 1 }, 'it')
  expect(reads).toBe(first)
})

test('a schema that cannot be applied at all is a problem, a part of it is not', () => {
  expect(schemaProblem({ $ref: '#/nowhere' })).toMatch(/^Unresolved \$ref/)
  expect(schemaProblem(schema)).toBeUndefined()
  const warn = vi.spyOn(process, 'emitWarning')
  const pattern = { type: 'object', properties: { name: { pattern: "[\\'" } } }
  expect(schemaProblem(pattern)).toBeUndefined()
  expect(violation(pattern, { name: 'Ann' }, 'it')).toBeUndefined()
  expect(warn).not.toHaveBeenCalled()
  warn.mockRestore()
})
