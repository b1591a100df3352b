import { expect, test } from 'vitest'
import { schemaProblem, violation } from '../../src/machines/validation.ts'

const schema = {
  type: 'object',
  properties: { to: { type: 'array', items: { type: 'string', minLength: 1 } }, amount: { type: 'integer' } },
  required: ['to'],
  additionalProperties: false,
}

test.each([
  [{ to: ['a'] }, undefined],
  [{}, 'to is missing'],
  [{ to: ['a', ''] }, 'to/1 is empty'],
  [{ to: [], amount: 1.5 }, 'amount must be of type integer, not number'],
  [{ to: [], extra: 1 }, 'extra is not known'],
])('%j', (value, expected) => {
  expect(violation(schema, value, 'it')).toBe(expected)
})

test('a schema that says its dialect is read in it', () => {
  const items = [{ type: 'string' }, { type: 'number' }]
  const tuple = { type: 'object', properties: { pair: { items } } }
  const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#', ...tuple }
  expect(violation(draft7, { pair: ['a', 'b'] }, 'it')).toBe('pair/1 must be of type number, not string')
})

test('a schema that cannot be applied at all is a problem, a part of it is not', () => {
  expect(schemaProblem({ $ref: '#/nowhere' })).toMatch(/^Unresolved \$ref/)
  const pattern = { type: 'object', properties: { name: { pattern: "[\\'" } } }
  expect(schemaProblem(pattern)).toBeUndefined()
  expect(violation(pattern, { name: 'Ann' }, 'it')).toBeUndefined()
})
