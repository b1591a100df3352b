import fc from 'fast-check'
import { expect, test } from 'vitest'
import { schemaProblem, violation } from '../../src/machines/validation.ts'
import { turnMs } from '../support/longest-turn.ts'
import { anyJson, anyName } from './arbitraries.ts'
import { fits, schemaAndValue } from './schemas.ts'

const oneLine = /^[^\n\r]*$/
/** A check is stopped after 45 ms at most; the rest is for slow machines. */
const longestMs = 500

test('arguments that were made to fit are let through', () => {
  fc.assert(
    fc.property(schemaAndValue, ({ schema, value }) => {
      expect(fits(schema, value)).toBe(true)
      expect(violation({ ...schema }, value, 'it')).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

test('changed arguments are refused exactly if an independent reading of the schema refuses them', () => {
  const change = fc.record({
    path: fc.array(fc.nat(3), { maxLength: 4 }),
    how: fc.constantFrom('drop', 'replace', 'add'),
    name: fc.constantFrom('a', 'extra', 'constructor', 'toString'),
    instead: fc.oneof(anyJson, fc.constantFrom(0, 1, '', 'a', null, true, [], {}, 0.5)),
  })
  fc.assert(
    fc.property(
      schemaAndValue,
      fc.array(change, { minLength: 1, maxLength: 3 }),
      ({ schema, value }, changes) => {
        const changed: unknown = structuredClone(value)
        for (const { path, how, name, instead } of changes) {
          let place = changed
          let key: string | undefined
          for (const step of path) {
            const inner: unknown = key === undefined ? place : Reflect.get(Object(place), key)
            if (typeof inner !== 'object' || inner === null) break
            const keys = Object.keys(inner)
            if (keys.length === 0) break
            place = inner
            key = keys[step % keys.length]
          }
          if (typeof place !== 'object' || place === null) continue
          // One more of the same: an array that is only too long.
          if (how === 'add' && Array.isArray(place)) place.push(place[0])
          else if (how === 'add') Reflect.set(place, name, instead)
          else if (how === 'replace' && key !== undefined) Reflect.set(place, key, instead)
          else if (Array.isArray(place)) place.pop()
          else if (key !== undefined) Reflect.deleteProperty(place, key)
        }
        const refused = violation({ ...schema }, changed, 'it') !== undefined
        expect(refused).toBe(!fits(schema, changed))
      },
    ),
    { numRuns: 600 },
  )
})

/** Nearly right, so that more than the first keyword is looked at. */
const nearlyASchema = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    anyJson,
    fc.record(
      {
        type: fc.oneof(fc.constantFrom('object', 'array', 'string', 'integer'), anyJson),
        properties: fc.oneof(fc.dictionary(anyName, tie('schema'), { maxKeys: 3 }), anyJson),
        items: tie('schema'),
        required: fc.oneof(fc.array(anyName), anyJson),
        enum: anyJson,
        const: anyJson,
        anyOf: fc.oneof(fc.array(tie('schema'), { maxLength: 3 }), anyJson),
        not: tie('schema'),
        pattern: fc.oneof(fc.string({ maxLength: 8 }), fc.constant('^(a+)+$'), anyJson),
        format: fc.oneof(fc.constantFrom('email', 'uri', 'date-time', 'regex'), anyJson),
        $ref: fc.oneof(fc.constantFrom('#', '#/properties/a', '#/nowhere'), anyJson),
        $id: fc.oneof(fc.constantFrom('a', 'https://example.org/'), anyJson),
        $schema: anyJson,
      },
      { requiredKeys: [] },
    ),
  ),
})).schema

test('whatever a stranger calls a schema, nothing is thrown, and the words are one line in good time', () => {
  const value = fc.oneof(anyJson, fc.dictionary(anyName, anyJson), fc.constant({ a: `${'a'.repeat(40)}!` }))
  fc.assert(
    fc.property(
      fc.dictionary(anyName, nearlyASchema, { maxKeys: 2 }),
      nearlyASchema,
      value,
      (defs, raw, given) => {
        const schema = { ...(typeof raw === 'object' ? raw : {}), $defs: defs, type: 'object' }
        const tookMs = turnMs(() => {
          expect(schemaProblem(schema) ?? '').toEqual(expect.any(String))
          expect(violation(schema, given, 'it') ?? '').toMatch(oneLine)
        })
        expect(tookMs).toBeLessThan(longestMs)
      },
    ),
    { numRuns: 100 },
  )
})
