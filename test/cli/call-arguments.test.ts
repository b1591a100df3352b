import { describe, expect, test } from 'vitest'
import { argumentsFor, readArguments, warningsOf } from '../../src/cli/call/arguments.ts'

const schema = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    count: { type: 'integer' },
    share: { type: ['number', 'null'] },
    urgent: { type: 'boolean' },
    to: { type: 'array', items: { type: 'string' } },
    sizes: { type: 'array', items: { $ref: '#/$defs/size' } },
    filter: { type: 'object' },
    either: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    level: { enum: [1, 2, 'all'] },
    id: { $ref: '#/$defs/id' },
    free: {},
    endless: { $ref: '#/$defs/endless' },
    mistaken: { $ref: '#/%zz' },
    tags: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  },
  additionalProperties: { type: 'number' },
  $defs: {
    id: { type: 'integer' },
    size: { type: 'number' },
    // Followed as often as there are ways to, it would take longer than anybody lives.
    endless: { anyOf: [...Array(20).fill({ $ref: '#/$defs/endless' }), { type: 'integer' }] },
  },
}

const noInput = () => Promise.reject(new Error('nobody asked for it'))

async function given(...words: string[]): Promise<unknown> {
  return argumentsFor(await readArguments(words, noInput), schema)
}

test.each([
  [['text=3'], { text: '3' }],
  [['text=a=b'], { text: 'a=b' }],
  [['text='], { text: '' }],
  [['count=3', 'share=-0.5e2'], { count: 3, share: -50 }],
  [['share=null'], { share: null }],
  [['count=03'], { count: '03' }],
  [['count=0x10'], { count: '0x10' }],
  [['count=90071992547409931'], { count: '90071992547409931' }],
  [['share=1e400'], { share: '1e400' }],
  [['endless=7'], { endless: 7 }],
  [['mistaken=7'], { mistaken: '7' }],
  [['urgent=true'], { urgent: true }],
  [['urgent=yes'], { urgent: 'yes' }],
  [['to=a'], { to: ['a'] }],
  [['to=a', 'to=b'], { to: ['a', 'b'] }],
  [['to=["a","b"]'], { to: ['a', 'b'] }],
  [['sizes=1', 'sizes=2.5'], { sizes: [1, 2.5] }],
  [['filter={"a":[1]}'], { filter: { a: [1] } }],
  [['either=4'], { either: 4 }],
  [['either=4b'], { either: '4b' }],
  [['level=2'], { level: 2 }],
  [['level=all'], { level: 'all' }],
  [['id=7'], { id: 7 }],
  [['free=7'], { free: '7' }],
  [['free={"a":1}'], { free: { a: 1 } }],
  [['free={a}'], { free: '{a}' }],
  [['tags=x'], { tags: 'x' }],
  [['tags=x', 'tags=y'], { tags: ['x', 'y'] }],
  [['other=1.5'], { other: 1.5 }],
  [['{"text":"as it is","count":"x"}'], { text: 'as it is', count: 'x' }],
  [[], {}],
])('%j is read by the schema of the function', async (words, expected) => {
  expect(await given(...words)).toEqual(expected)
})

test('a key with a name of the prototype is an argument like any other', async () => {
  const args = await given('__proto__=1')
  expect(Object.entries(args ?? {})).toEqual([['__proto__', 1]])
})

test('"-" reads a JSON object from standard input', async () => {
  expect(await readArguments(['-'], async () => '{ "text": "tea" }\n')).toEqual({
    kind: 'object',
    value: { text: 'tea' },
  })
})

test.each([
  [{ properties: { zone: {} } }, ['look names no argument "zon"; did you mean "zone"?']],
  [{ properties: {}, additionalProperties: false }, ['look names no argument "zon"']],
  [{ $ref: '#/$defs/all', $defs: { all: { properties: { zon: {} } } } }, []],
  [{ properties: { zone: {} }, additionalProperties: {} }, []],
  [{ properties: { zone: {} }, anyOf: [{ properties: { zon: {} } }] }, []],
  [{}, []],
])('of an argument that %j does not name a warning says so', (inputSchema, warnings) => {
  expect(warningsOf({ zon: 'x' }, 'look', inputSchema)).toEqual(warnings)
})

describe('what is no argument is refused with the remedy:', () => {
  test.each([
    [['tea'], '"tea" is no argument; write key=value, or all of them as one JSON object'],
    [['=tea'], '"=tea" is no argument; write key=value, or all of them as one JSON object'],
    [['{"a":1}', 'b=2'], 'a JSON object stands for all arguments; leave out b=2'],
    [['-', 'b=2'], '- stands for all arguments; leave out b=2'],
    [['{"a":}'], 'arguments:1:6: not JSON (value expected); correct it at that place'],
    [
      ['{"a":[1,\n 90071992547409931]}'],
      'arguments:2:2: 90071992547409931 is more than a number holds exactly; write it as a text, in quotes',
    ],
    [
      ['filter={"a":-1e400}'],
      'filter:1:6: -1e400 is more than a number holds exactly; write it as a text, in quotes',
    ],
    [['count=1', 'count=2'], 'count is given 2 times, and takes one value'],
    [['filter={"a"'], 'filter:1:5: not JSON (colon expected); correct it at that place'],
  ])('%j', async (words, message) => {
    await expect(given(...words)).rejects.toThrow(message)
  })

  test('a list from standard input', async () => {
    await expect(readArguments(['-'], async () => '[1]')).rejects.toThrow(
      'standard input: the arguments are one JSON object, such as {"query":"tea"}',
    )
  })
})
