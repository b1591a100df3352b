import { type Schema, Validator } from '@cfworker/json-schema'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptFunctions } from '../../src/agent/tools/accepted-functions.ts'
import { acceptedParameters } from '../../src/agent/tools/accepted-schema.ts'
import type { JsonObject } from '../../src/contract/protocol.ts'
import { checkToolList } from '../../src/rehearsal/endpoint/tool-list.ts'
import { anyJson } from '../properties/arbitraries.ts'
import { schemaAndValue } from '../properties/schemas.ts'
import { functionInfo } from './conversation.ts'

/** What OpenAI says of these parameters; nothing if it takes them. */
function refusal(parameters: unknown): string | undefined {
  try {
    checkToolList([{ type: 'function', name: 'f', description: '', parameters }])
    return undefined
  } catch (error) {
    return String(error)
  }
}

const fits = (schema: Schema, value: unknown): boolean =>
  new Validator(schema, '2020-12').validate(value).valid

/** Schemas with every keyword, rightly and wrongly used. */
const anySchema = fc.letrec<{ schema: unknown; object: JsonObject }>((tie) => ({
  schema: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.boolean(), tie('object'), anyJson),
  object: fc
    .record(
      {
        type: fc.oneof(
          fc.constantFrom(
            'object',
            'array',
            'string',
            'any',
            ['object', 'null'],
            ['array', 'null'],
            [],
            null,
          ),
          anyJson,
        ),
        properties: fc.oneof(
          fc.dictionary(fc.constantFrom('a', 'b', 'title', '__proto__'), tie('schema'), { maxKeys: 3 }),
          anyJson,
        ),
        $defs: fc.dictionary(fc.constantFrom('A', 'B'), tie('schema'), { maxKeys: 2 }),
        $ref: fc.constantFrom('#', '#/$defs/A', '#/properties/a', '#/anyOf/0', '#/%', 'https://x.y/z', 5),
        anyOf: fc.array(tie('schema'), { maxLength: 2 }),
        oneOf: fc.array(tie('schema'), { maxLength: 2 }),
        allOf: fc.array(tie('schema'), { maxLength: 2 }),
        prefixItems: fc.array(tie('schema'), { maxLength: 2 }),
        items: fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
        patternProperties: fc.dictionary(fc.constantFrom('^a', '(?=a)', '['), tie('schema'), { maxKeys: 2 }),
        not: tie('schema'),
        required: fc.oneof(fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }), anyJson),
        enum: anyJson,
        pattern: fc.constantFrom('^a$', '(?<!a)b', '(', 'a(?!b)', 5),
        format: fc.constantFrom('date', 'uri', 'made up', 5),
        minimum: fc.oneof(fc.integer(), anyJson),
        exclusiveMinimum: fc.boolean(),
        description: fc.oneof(fc.string(), anyJson),
        'x-mine': anyJson,
      },
      { requiredKeys: [] },
    )
    .map((schema): JsonObject => schema),
}))

describe('parameters', () => {
  test('whatever a server has for a schema, OpenAI takes what is made of it, and it stays as it is from then on', () => {
    fc.assert(
      fc.property(anySchema.object, (schema) => {
        const accepted = acceptedParameters(schema)
        if (accepted === undefined) return
        expect(refusal(accepted)).toBeUndefined()
        expect(acceptedParameters(accepted)).toEqual(accepted)
      }),
      { numRuns: 300 },
    )
  })

  test('an ordinary schema stays as it is', () => {
    fc.assert(
      fc.property(schemaAndValue, ({ schema }) => {
        expect(acceptedParameters({ ...schema })).toEqual(schema)
      }),
    )
  })

  test('what fits the schema of a server, the model may say', () => {
    const branches = fc.array(schemaAndValue, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(branches, fc.constantFrom('oneOf', 'anyOf'), fc.boolean(), (all, keyword, referring) => {
        const closed = all.map(({ schema }) => ({ ...schema, additionalProperties: false }))
        const schema: JsonObject = referring
          ? { $defs: closed, [keyword]: closed.map((_, index) => ({ $ref: `#/$defs/${index}` })) }
          : { [keyword]: closed }
        const accepted = acceptedParameters(schema)
        expect(refusal(accepted)).toBeUndefined()
        for (const { value } of all) expect(fits({ ...accepted }, value)).toBe(true)
      }),
    )
  })

  const place = { type: 'string', description: 'Where' }
  test.each<[string, JsonObject, JsonObject | undefined]>([
    ['no type', {}, { type: 'object', properties: {} }],
    [
      'a type that may be null',
      { type: ['object', 'null'], properties: { place } },
      { type: 'object', properties: { place } },
    ],
    ['arguments that are no object', { type: 'string' }, undefined],
    [
      'alternatives',
      {
        type: 'object',
        description: 'A ride.',
        properties: { place },
        oneOf: [{ required: ['place'] }, { required: ['id'], properties: { id: { type: 'integer' } } }],
      },
      {
        type: 'object',
        description: 'A ride. Give one of these: place; or id.',
        properties: { id: { type: 'integer' }, place },
      },
    ],
    [
      'a union by a constant',
      {
        anyOf: [
          {
            type: 'object',
            properties: { kind: { const: 'a' }, size: { type: 'integer' } },
            required: ['kind'],
          },
          { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
          { type: 'null' },
        ],
      },
      {
        type: 'object',
        properties: { kind: { anyOf: [{ const: 'a' }, { const: 'b' }] }, size: { type: 'integer' } },
        required: ['kind'],
      },
    ],
    [
      'a reference as its root',
      {
        $ref: '#/$defs/Ride',
        $defs: { Ride: { type: 'object', properties: { place }, required: ['place'] } },
      },
      {
        type: 'object',
        properties: { place },
        required: ['place'],
        $defs: { Ride: { type: 'object', properties: { place }, required: ['place'] } },
      },
    ],
    [
      'parts that are put together',
      {
        allOf: [{ properties: { place }, required: ['place'] }, { required: ['id'] }],
        additionalProperties: false,
      },
      { type: 'object', properties: { place }, required: ['place', 'id'] },
    ],
    [
      'a list of anything, and an object of anything',
      { type: 'object', properties: { tags: { type: 'array' }, more: { type: ['object', 'null'] } } },
      {
        type: 'object',
        properties: {
          tags: { type: 'array', items: {} },
          more: { type: ['object', 'null'], properties: {} },
        },
      },
    ],
    [
      'words that OpenAI does not know',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: {
          page: { type: 'string', format: 'uri', description: 'The page' },
          mail: { type: 'string', format: 'email', pattern: '^(?!\\.).+@.+$' },
          any: { type: 'any', nullable: true },
          type: 'object',
        },
      },
      {
        type: 'object',
        properties: {
          page: { type: 'string', description: 'The page (uri)' },
          mail: { type: 'string', format: 'email' },
          any: {},
          type: {},
        },
      },
    ],
    [
      'references that lead nowhere, and those that do',
      {
        type: 'object',
        properties: {
          here: { $ref: '#/$defs/Tree' },
          there: { $ref: 'https://example.com/schema' },
          title: { $ref: '#/$defs/Missing', description: 'Gone' },
          round: { $ref: '#/properties/round' },
        },
        $defs: { Tree: { type: 'object', properties: { leaf: { $ref: '#/$defs/Tree' } } } },
      },
      {
        type: 'object',
        properties: { here: { $ref: '#/$defs/Tree' }, there: {}, title: { description: 'Gone' }, round: {} },
        $defs: { Tree: { type: 'object', properties: { leaf: { $ref: '#/$defs/Tree' } } } },
      },
    ],
    [
      'a negation of what cannot be said',
      { type: 'object', properties: { a: { not: { pattern: '(?=b)' } }, b: { not: { type: 'null' } } } },
      { type: 'object', properties: { a: {}, b: { not: { type: 'null' } } } },
    ],
  ])('%s', (_, schema, accepted) => {
    expect(acceptedParameters(schema)).toEqual(accepted)
    if (accepted !== undefined) expect(refusal(accepted)).toBeUndefined()
  })

  test('a schema of many branches that share others is read once', () => {
    const levels = 40
    const $defs = Object.fromEntries(
      Array.from({ length: levels }, (_, level) => {
        const next = { $ref: `#/$defs/${level + 1}` }
        return [level, { anyOf: [next, next, next], properties: { [`p${level}`]: {} } }]
      }),
    )
    const accepted = acceptedParameters({ $ref: '#/$defs/0', $defs: { ...$defs, [levels]: {} } })
    expect(Object.keys(Object(accepted?.properties))).toHaveLength(levels)
  })
})

describe('a list', () => {
  test('keeps its order, and leaves out what would cost the model all of it', () => {
    const functions = [
      functionInfo('search'),
      { ...functionInfo('with space'), servers: ['shop'] },
      { ...functionInfo('search'), servers: ['other'] },
      { ...functionInfo('text'), inputSchema: { type: 'string' } },
      functionInfo('charge'),
    ]
    const { offered, leftOut } = acceptFunctions(functions)
    expect(offered.map(({ name }) => name)).toEqual(['search', 'charge'])
    expect(leftOut).toEqual([
      {
        name: 'with space',
        servers: ['shop'],
        reason: 'its name has other characters than letters, digits, _ and -, or over 64',
      },
      { name: 'search', servers: ['other'], reason: 'another function has its name' },
      { name: 'text', servers: ['test'], reason: 'its arguments are not an object' },
    ])
  })

  test('has 128 functions at most, and what explains the others is always among them', () => {
    const many = Array.from({ length: 130 }, (_, index) => functionInfo(`f${index}`))
    const { offered, leftOut } = acceptFunctions([...many, { ...functionInfo('tool_status'), servers: [] }])
    const names = offered.map(({ name }) => name)
    expect(names).toEqual([...many.slice(0, 127).map(({ name }) => name), 'tool_status'])
    expect(leftOut).toMatchObject([{ name: 'f127' }, { name: 'f128' }, { name: 'f129' }])
    expect(leftOut[0]?.reason).toBe('a model takes 128 functions at most; include fewer of them')
  })

  test('is no longer than a session of the Realtime API holds; what is smaller may still fit', () => {
    const long = (name: string) => functionInfo(name, { a: { enum: ['x'.repeat(30_000)] } })
    const { offered, leftOut } = acceptFunctions([long('one'), long('two'), functionInfo('three')])
    expect(offered.map(({ name }) => name)).toEqual(['one', 'three'])
    expect(leftOut).toEqual([
      {
        name: 'two',
        servers: ['test'],
        reason: 'the list of functions would be longer than a model takes; include fewer of them',
      },
    ])
  })

  test('has short descriptions', () => {
    const { offered } = acceptFunctions([functionInfo('a', {}, 'x'.repeat(5_000))])
    expect(offered[0]?.description).toBe(`${'x'.repeat(980)}… (cut: 4020 more characters)`)
    expect(() => checkToolList(offered.map((one) => ({ type: 'function', ...one })))).not.toThrow()
  })
})
