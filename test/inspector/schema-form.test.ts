import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { type Field, fieldsOf } from '../../src/inspector/page/views/functions/schema-form/fields.ts'
import { readFields, readJson } from '../../src/inspector/page/views/functions/schema-form/values.ts'

function fieldOf(schema: JsonObject, isRequired = false): Field {
  const [field] = fieldsOf({ properties: { it: schema }, required: isRequired ? ['it'] : [] }) ?? []
  if (!field) throw new Error('there is no field')
  return field
}

/** What is made of what is typed, `undefined` where it is left alone. */
function read(schema: JsonObject, typed: string | undefined, isRequired = false): unknown {
  const field = fieldOf(schema, isRequired)
  const result = readFields([field], new Map([['it', typed ?? field.initial]]))
  return 'problems' in result ? result.problems.get('it') : result.arguments
}

describe('the fields of a schema', () => {
  test('have the name, the words and the limits of each argument, in its order', () => {
    const schema = {
      type: 'object',
      properties: {
        to: {
          type: 'string',
          title: 'Recipient',
          description: 'Who gets it.',
          format: 'email',
          maxLength: 80,
        },
        copies: { type: 'integer', minimum: 1, maximum: 9, default: 2 },
        share: { type: ['number', 'null'], examples: [0.5] },
        urgent: { type: 'boolean' },
        kind: { enum: ['letter', 'parcel', ''], default: 'parcel' },
        version: { const: 3 },
        tags: { type: 'array', items: { type: 'string' } },
        address: { type: 'object', default: { city: 'Oslo' } },
        either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        anything: true,
      },
      required: ['to', 'kind'],
    }
    const told = fieldsOf(schema)?.map(({ name, label, isRequired, kind, initial, hint }) => ({
      ...{ name, label, isRequired, kind, initial, hint },
    }))
    const plain = { isRequired: false, initial: '' }

    expect(told).toEqual([
      {
        ...plain,
        ...{ name: 'to', label: 'Recipient', isRequired: true, kind: 'text' },
        hint: 'at most 80 characters, format: email',
      },
      {
        ...{ name: 'copies', label: 'copies', isRequired: false, kind: 'integer', initial: '2' },
        hint: 'a whole number, at least 1, at most 9',
      },
      { ...plain, name: 'share', label: 'share', kind: 'number', hint: 'a number, for example 0.5' },
      { ...plain, name: 'urgent', label: 'urgent', kind: 'choice', hint: '' },
      { name: 'kind', label: 'kind', isRequired: true, kind: 'choice', initial: '1', hint: '' },
      { ...plain, name: 'version', label: 'version', kind: 'choice', initial: '0', hint: '' },
      { ...plain, name: 'tags', label: 'tags', kind: 'json', hint: 'a list, as JSON' },
      {
        ...{ name: 'address', label: 'address', isRequired: false, kind: 'json' },
        ...{ initial: '{\n  "city": "Oslo"\n}', hint: 'an object, as JSON' },
      },
      { ...plain, name: 'either', label: 'either', kind: 'json', hint: 'a value, as JSON' },
      { ...plain, name: 'anything', label: 'anything', kind: 'json', hint: 'a value, as JSON' },
    ])
  })

  test('offer what can be chosen, and examples of a text', () => {
    expect(fieldOf({ type: 'boolean' }).choices).toEqual([
      { label: 'yes', value: true },
      { label: 'no', value: false },
    ])
    expect(fieldOf({ enum: ['a', '', 1, null] }).choices).toEqual([
      { label: 'a', value: 'a' },
      { label: '""', value: '' },
      { label: '1', value: 1 },
      { label: 'null', value: null },
    ])
    expect(fieldOf({ type: 'string', examples: ['Oslo', 7, 'Rome'] }).examples).toEqual(['Oslo', 'Rome'])
  })

  test.each<[string, JsonObject, Field[] | undefined]>([
    ['no argument', { type: 'object' }, []],
    ['no argument, and no other', { type: 'object', properties: {}, additionalProperties: false }, []],
    ['arguments of any name', { type: 'object', additionalProperties: { type: 'string' } }, undefined],
    ['one of several lists of arguments', { type: 'object', oneOf: [] }, undefined],
    ['properties that are none', { properties: 'what' }, undefined],
  ])('of one that says %s', (_, schema, fields) => {
    expect(fieldsOf(schema)).toEqual(fields)
  })
})

describe('what is typed', () => {
  const text = { type: 'string', minLength: 2, maxLength: 3 }
  const whole = { type: 'integer', minimum: 1, maximum: 9 }

  test.each<[string, JsonObject, string | undefined, boolean, unknown]>([
    ['an optional text left alone', text, '', false, {}],
    ['a required text left alone', text, ' ', true, 'Give a text.'],
    ['a text, blanks and all', { type: 'string' }, ' a\nb ', false, { it: ' a\nb ' }],
    ['a text that is too short', text, 'a', false, 'Give at least 2 characters; this has 1.'],
    ['a text of characters with two units', text, '🎉🎉🎉', false, { it: '🎉🎉🎉' }],
    ['a text that is too long', text, 'abcd', false, 'Give at most 3 characters; this has 4.'],
    ['a number', { type: 'number' }, ' 0.5 ', false, { it: 0.5 }],
    ['an optional number left alone', { type: 'number' }, '', false, {}],
    ['a required number left alone', { type: 'number' }, '', true, 'Give a number.'],
    ['a number that is none', { type: 'number' }, 'two', false, 'Give a number, such as 12 or 0.5.'],
    ['a number without end', { type: 'number' }, '1e999', false, 'Give a number, such as 12 or 0.5.'],
    ['a whole number', whole, '9', false, { it: 9 }],
    ['a part of a number', whole, '1.5', false, 'Give a whole number.'],
    ['a number that is too small', whole, '0', false, 'Give at least 1.'],
    ['a number that is too large', whole, '10', false, 'Give at most 9.'],
    ['a default left alone', { type: 'integer', default: 4 }, undefined, false, { it: 4 }],
    ['yes', { type: 'boolean' }, '0', false, { it: true }],
    ['no', { type: 'boolean' }, '1', false, { it: false }],
    ['no choice', { type: 'boolean' }, '', false, {}],
    ['no choice where one is needed', { type: 'boolean' }, '', true, 'Choose one.'],
    ['a choice that is no text', { enum: ['a', null] }, '1', false, { it: null }],
    ['a constant', { const: { a: 1 } }, undefined, true, { it: { a: 1 } }],
    ['a list', { type: 'array' }, '[1, "b"]', false, { it: [1, 'b'] }],
    ['an object instead of a list', { type: 'array' }, '{}', false, 'Give a list: [ … ].'],
    ['a list instead of an object', { type: 'object' }, '[]', false, 'Give an object: { … }.'],
    ['a required list left alone', { type: 'array' }, '', true, 'Give a list.'],
    ['no JSON', { type: 'array' }, '[1', false, expect.stringMatching(/^This is not JSON: /)],
    ['any value', {}, '"a"', false, { it: 'a' }],
  ])('can be %s', (_, schema, typed, isRequired, expected) => {
    expect(read(schema, typed, isRequired)).toEqual(expected)
  })

  test('is wrong in each of several fields, which are all told', () => {
    const fields = fieldsOf({ properties: { a: whole, b: text, c: text }, required: ['a'] }) ?? []
    expect(
      readFields(
        fields,
        new Map([
          ['b', 'x'],
          ['c', 'abc'],
        ]),
      ),
    ).toEqual({
      problems: new Map([
        ['a', 'Give a number.'],
        ['b', 'Give at least 2 characters; this has 1.'],
      ]),
    })
  })

  test('may be for arguments with names that objects have already', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty']
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
    const fields = fieldsOf({ properties }) ?? []
    expect(readFields(fields, new Map())).toEqual({ arguments: {} })
    expect(readFields(fields, new Map([['constructor', 'x']]))).toEqual({ arguments: { constructor: 'x' } })
  })

  test.each<[string, unknown]>([
    ['', { arguments: {} }],
    ['{"a": [1]}', { arguments: { a: [1] } }],
    ['[]', { problem: 'Give an object: { … }.' }],
    ['{a: 1}', { problem: expect.stringMatching(/^This is not JSON: /) }],
  ])('as all arguments at once: %s', (typed, expected) => {
    expect(readJson(typed)).toEqual(expected)
  })
})
