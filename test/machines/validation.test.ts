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
  [{}, 'Instance does not have required property "to"'],
  [{ to: ['a', ''] }, 'to/1: String is too short (0 < 1)'],
  [{ to: [], amount: 1.5 }, 'amount: Instance type "number" is invalid. Expected "integer"'],
  [{ to: [], extra: 1 }, 'extra: False boolean schema'],
])('%j', (value, expected) => {
  expect(violation(schema, value)).toBe(expected)
})

test('a schema that says its dialect is read in it', () => {
  const items = [{ type: 'string' }, { type: 'number' }]
  const tuple = { type: 'object', properties: { pair: { items } } }
  const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#', ...tuple }
  expect(violation(draft7, { pair: ['a', 'b'] })).toBe(
    'pair/1: Instance type "string" is invalid. Expected "number"',
  )
})

test('a schema that cannot be applied at all is a problem, a part of it is not', () => {
  expect(schemaProblem({ $ref: '#/nowhere' })).toMatch(/^Unresolved \$ref/)
  const pattern = { type: 'object', properties: { name: { pattern: "[\\'" } } }
  expect(schemaProblem(pattern)).toBeUndefined()
  expect(violation(pattern, { name: 'Ann' })).toBeUndefined()
})
