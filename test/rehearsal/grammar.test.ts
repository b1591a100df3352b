import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeGrammar } from '../../src/rehearsal/grammar/grammar.ts'
import { type Speech, sayable, startSpeech } from '../../src/rehearsal/index.ts'
import { toWords } from '../../src/rehearsal/speech/spoken.ts'
import { tools } from './client.ts'

const tool = (name: string, properties: Record<string, object>, required = Object.keys(properties)) => ({
  name,
  inputSchema: { type: 'object', properties, required },
})

const grammar = makeGrammar(tools)
const call = (name: string, args: object) => expect.objectContaining({ type: 'call', name, arguments: args })

test('each tool that can be said has one example sentence', () => {
  expect(sayable(tools)).toEqual([
    'search the web for state machines',
    'send an email to carol@example.com with the subject lunch and the body see you at noon',
    'draft an email to carol@example.com with the subject lunch and the body see you at noon',
    'fetch the page https://example.com/',
    'tool status',
  ])
})

test.each([
  ['search the web for pizza', 'search_web', { query: 'pizza' }],
  ['search web pizza', 'search_web', { query: 'pizza' }],
  ['could you search the web for the query breaking news please', 'search_web', { query: 'breaking news' }],
  [
    'send an email to bob at example dot com with the subject project update and the body the report is ready',
    'send_email',
    { to: 'bob@example.com', subject: 'project update', body: 'the report is ready' },
  ],
  [
    'draft email to carol at example dot com subject lunch body see you at noon',
    'draft_email',
    { to: 'carol@example.com', subject: 'lunch', body: 'see you at noon' },
  ],
  ['fetch the page example dot com', 'fetch_page', { url: 'https://example.com/' }],
  ['tool status', 'tool_status', {}],
])('heard: %s', (sentence, name, args) => {
  expect(grammar.hear(sentence)).toEqual(call(name, args))
})

test.each([
  ['search the web for x_aa x_b x_k', ['query']],
  ['search the web', ['query']],
])('a value that is not known is unheard: %s', (sentence, unheard) => {
  expect(grammar.hear(sentence)).toMatchObject({ type: 'unheard', name: 'search_web', unheard })
})

test('a value that sounds like a connective and the name of its property is heard', () => {
  const { hear } = makeGrammar([tool('free_tables', { day: { enum: ['today', 'tomorrow'] } })])
  expect(hear('free tables to day x_iy x_th')).toEqual({
    ...{ type: 'call', name: 'free_tables', arguments: { day: 'today' } },
    transcript: 'free tables today',
  })
  const unknown = { type: 'unheard', name: 'free_tables', unheard: ['day'] }
  expect(hear('free tables to day x_w x_eh x_n x_z')).toEqual({
    ...unknown,
    transcript: 'free tables to day (something)',
  })
})

test('phones alone, and sentences of nothing, are no function', () => {
  expect(grammar.hear('x_aa x_b')).toBeUndefined()
  expect(grammar.hear('')).toBeUndefined()
})

test.each([
  ['Search the web for the Beatles, please.', 'search_web', { query: 'the Beatles' }],
  ['search the web for "hello world"', 'search_web', { query: 'hello world' }],
  ['search the web for cats and dogs in the park', 'search_web', { query: 'cats and dogs in the park' }],
  [
    'send an e-mail to Dave.Smith@example.org about dinner on Friday saying come at eight with wine',
    'send_email',
    { to: 'Dave.Smith@example.org', subject: 'dinner on Friday', body: 'come at eight with wine' },
  ],
  [
    'send email to carol at example dot com, subject: lunch, body: the usual place',
    'send_email',
    { to: 'carol@example.com', subject: 'lunch', body: 'the usual place' },
  ],
  ['fetch https://example.org/a?b=c', undefined, {}],
  ['fetch page https://example.org/a?b=c', 'fetch_page', { url: 'https://example.org/a?b=c' }],
])('typed: %s', (sentence, name, args) => {
  if (name) expect(grammar.read(sentence)).toEqual(call(name, args))
  else expect(grammar.read(sentence)).toBeUndefined()
})

test('a typed text of ten thousand words is read whole, and soon', () => {
  const body = 'word '.repeat(10_000).trim()
  const started = performance.now()
  const read = grammar.read(`send an email to carol@example.com with the subject lunch and the body ${body}`)
  expect(read).toEqual(call('send_email', { to: 'carol@example.com', subject: 'lunch', body }))
  expect(performance.now() - started).toBeLessThan(3000)
})

describe('values', () => {
  const add = makeGrammar([tool('add', { a: { type: 'integer' }, b: { type: 'integer' } })])
  test('integers share one rule, in words and digits', () => {
    expect(add.jsgf.match(/^<number> =/gm)).toHaveLength(1)
    expect(add.hear('add twenty five and three')).toEqual(call('add', { a: 25, b: 3 }))
    expect(add.read('add 1200 and seven')).toEqual(call('add', { a: 1200, b: 7 }))
    expect(add.read('add 1.5 and 2')).toMatchObject({ type: 'unheard' })
  })

  const mixed = makeGrammar([
    tool(
      'set_lamp',
      {
        room: { enum: ['kitchen', 'hall'] },
        on: { type: 'boolean' },
        kind: { const: 'led' },
        level: { type: 'integer' },
      },
      ['room', 'on', 'kind'],
    ),
  ])
  test('enum, boolean, const and an optional property', () => {
    expect(mixed.hear('set the lamp kitchen on yes')).toEqual(
      call('set_lamp', { room: 'kitchen', on: true, kind: 'led' }),
    )
    expect(mixed.hear('set the lamp kitchen on no and level forty')).toEqual(
      call('set_lamp', { room: 'kitchen', on: false, kind: 'led', level: 40 }),
    )
    expect(mixed.read('set lamp garden on yes')).toMatchObject({ type: 'unheard' })
  })

  test('phrases of a function, beside its name', () => {
    const weather = tool('get_weather', { city: { enum: ['Paris', 'Berlin'] } })
    const phrases = { get_weather: ['(what is|how is) the weather [like] in {city}'] }
    const own = makeGrammar([weather], { phrases })
    expect(own.hear('how is the weather like in paris')).toEqual(call('get_weather', { city: 'Paris' }))
    expect(own.hear('get the weather in berlin')).toEqual(call('get_weather', { city: 'Berlin' }))
    expect(own.sayable).toEqual([{ name: 'get_weather', example: 'what is the weather in Paris' }])
  })
})

test('what cannot be said is left out with the reason, and can be typed', () => {
  const made = makeGrammar([tool('run_query', { sql: { type: 'string' } }), tool('ping', {})])
  expect(made.leftOut).toEqual([{ name: 'run_query', reason: 'no value is known for sql' }])
  expect(made.jsgf).not.toMatch(/query/)
  expect(made.read('run query select everything')).toEqual(call('run_query', { sql: 'select everything' }))
})

test('at most 50 tools are in the grammar', () => {
  const names = ['north', 'south', 'east', 'west', 'red', 'green', 'blue', 'black']
  const many = names.flatMap((one) => names.map((two) => tool(`${one}_${two}`, {})))
  const made = makeGrammar(many)
  expect(made.sayable).toHaveLength(50)
  expect(made.leftOut).toHaveLength(14)
  expect(made.leftOut[0]?.reason).toBe('at most 50 functions can be said')
})

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '<any>',
    'a;b',
    '#JSGF',
    '{x}',
    '(a|b',
    '[',
    '/1/',
    '*+',
    '"',
    '$1',
    'x_aa',
    "'",
    '__proto__',
    'constructor',
    'публика',
    '🎉',
  ),
)
const strangeTool = fc.record({
  name: anything,
  inputSchema: fc.record({
    type: fc.constant('object'),
    properties: fc.dictionary(
      anything,
      fc.oneof(
        fc.anything(),
        fc.record({
          type: fc.constantFrom('string', 'integer', 'boolean', 'array', 7),
          examples: fc.array(anything, { maxLength: 4 }),
        }),
        fc.record({ enum: fc.array(fc.oneof(anything, fc.integer()), { maxLength: 4 }) }),
      ),
      { maxKeys: 4 },
    ),
    required: fc.array(anything, { maxLength: 2 }),
  }),
})

describe('a tool list of strangers', () => {
  let speech: Speech
  beforeAll(async () => {
    speech = await startSpeech()
  })
  afterAll(() => speech.close())

  test('yields only words and the symbols of JSGF', () => {
    fc.assert(
      fc.property(fc.array(strangeTool, { maxLength: 5 }), (strange) => {
        const { jsgf, words } = makeGrammar(strange)
        for (const word of words) expect(word).toMatch(/^[a-z]+('[a-z]+)*$/)
        for (const line of jsgf.split('\n').slice(2).filter(Boolean)) {
          const [rule = '', body = ''] = line.split(' = ')
          expect(rule).toMatch(/^(public )?<[a-z]+\d*>$/)
          expect(body).toMatch(/^(<NULL>|<[a-z]+\d*>|[a-z_']+|[ ()[\]|+])+;$/)
        }
      }),
    )
  })

  test('yields examples that are understood as the tool that they are for', () => {
    fc.assert(
      fc.property(strangeTool, (strange) => {
        const made = makeGrammar([strange])
        for (const { name, example } of made.sayable) {
          expect(made.hear(toWords(example).join(' '))).toMatchObject({ name })
        }
      }),
    )
  })

  test('yields a grammar that the recogniser takes', async () => {
    const known = await speech.say('open the north gate', { voice: 'rms' })
    await fc.assert(
      fc.asyncProperty(fc.array(strangeTool, { maxLength: 5 }), async (strange) => {
        const ears = speech.open(() => {})
        const { jsgf, words } = makeGrammar([...strange, tool('open_north_gate', {})])
        await ears.setGrammar({ id: 1, jsgf, words })
        ears.close()
      }),
      { numRuns: 40 },
    )
    const heard = await speech.recognize(known.pcm, known.sampleRate, [
      'open the north gate',
      'close the gate',
    ])
    expect(heard.sentence).toBe('open the north gate')
  })
})
