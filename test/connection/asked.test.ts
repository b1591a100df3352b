import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readQuestion, Unaskable } from '../../src/actors/connection/asked.ts'
import type { Tell } from '../../src/actors/connection/tell.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { cap, clean } from '../../src/text/text.ts'

const token = 'tok-3f9ac1d2e8'
const target = new SealedTarget({ kind: 'stdio', command: 'bank', args: [], env: { TOKEN: token } })
const tell: Tell = (text, maxCharacters) => cap(target.mask(clean(text)), maxCharacters)

const form = (properties: unknown, others: object = {}) => ({
  mode: 'form',
  message: 'Which seat?',
  requestedSchema: { type: 'object', properties, ...others },
})

test('reads every field that a form may have, and leaves out what else it says', () => {
  const properties = {
    name: { type: 'string', title: 'Name', description: 'In full', minLength: 1, maxLength: 50 },
    mail: { type: 'string', format: 'email' },
    nights: { type: 'integer', minimum: 1, maximum: 30, default: 2 },
    price: { type: 'number' },
    breakfast: { type: 'boolean', default: true },
    room: { type: 'string', enum: ['single', 'double'], enumNames: ['Single', 'Double'] },
    view: { type: 'string', oneOf: [{ const: 'sea', title: 'The sea' }] },
    extras: { type: 'array', items: { type: 'string', enum: ['sauna', 'bar'] }, minItems: 1, maxItems: 2 },
    meals: { type: 'array', items: { anyOf: [{ const: 'lunch', title: 'Lunch' }] }, default: ['lunch'] },
  }
  const asked = { ...form(properties, { required: ['name'], $schema: 'x', allOf: [] }), task: { ttl: 1 } }
  expect(readQuestion(asked, tell)).toEqual({
    mode: 'form',
    message: 'Which seat?',
    schema: { type: 'object', properties, required: ['name'] },
  })
})

test('a question without a mode is a form', () => {
  const { mode, ...older } = form({})
  expect(readQuestion(older, tell)).toEqual({
    ...{ mode: 'form', message: 'Which seat?', schema: { type: 'object', properties: {} } },
  })
})

test('words are cleaned, capped, and tell no secret', () => {
  const hidden = `Your \u202ePIN\u0007, ${token}\u{e0041}?`
  const asked = { ...form({ pin: { type: 'string', title: hidden, description: hidden } }), message: hidden }
  expect(readQuestion(asked, tell)).toEqual({
    mode: 'form',
    message: 'Your PIN, [hidden]?',
    schema: {
      type: 'object',
      properties: {
        pin: { type: 'string', title: 'Your PIN, [hidden]?', description: 'Your PIN, [hidden]?' },
      },
    },
  })
  const { message } = readQuestion({ ...form({}), message: 'a'.repeat(5_000) }, tell)
  expect(message).toBe(`${'a'.repeat(2_000)}… (cut: 3000 more characters)`)
})

test('a page is told as a browser writes its address', () => {
  const page = { mode: 'url', message: 'Sign in', url: 'https://bänk.example/a b?c=\u202e' }
  expect(readQuestion(page, tell)).toEqual({
    ...{ mode: 'url', message: 'Sign in', url: 'https://xn--bnk-qla.example/a%20b?c=%E2%80%AE' },
  })
})

const page = (url: string) => ({ mode: 'url', message: 'Sign in', url })
const nested = { type: 'object', properties: {} }
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, { type: 'boolean' }]))
let deep: unknown = 'deep'
for (let depth = 0; depth < 5_000; depth++) deep = [deep]

describe('is not asked', () => {
  test.each<[string, unknown, string]>([
    ['nothing at all', undefined, 'params: Invalid input: expected object, received undefined'],
    ['a mode that nobody knows', { mode: 'voice', message: '' }, 'params.mode: Invalid discriminator value'],
    [
      'no words',
      { requestedSchema: nested },
      'params.message: Invalid input: expected string, received undefined',
    ],
    [
      'words without end',
      { message: 'a'.repeat(100_001), requestedSchema: nested },
      'params.message: Too big',
    ],
    ['no schema', { message: '' }, 'params.requestedSchema: Invalid input'],
    [
      'a schema of no object',
      { message: '', requestedSchema: { type: 'string' } },
      'requestedSchema.type: Invalid input',
    ],
    ['an object in the form', form({ a: nested }), 'requestedSchema.properties.a.type: Invalid'],
    [
      'a list of objects',
      form({ a: { type: 'array', items: nested } }),
      'requestedSchema.properties.a.items: Invalid input',
    ],
    [
      'any text in a list',
      form({ a: { type: 'array', items: { type: 'string' } } }),
      'requestedSchema.properties.a.items: Invalid input',
    ],
    ['too many fields', form(many(31)), 'requestedSchema: 31 fields; at most 30'],
    [
      'too many choices',
      form({ a: { type: 'string', enum: Array(101).fill('a') } }),
      'requestedSchema.properties.a.enum: Too big',
    ],
    ['too many values', form(many(20_000)), 'requestedSchema: it has more than 10000 values'],
    [
      'what is nested without end',
      form({ a: { type: 'string', default: deep } }),
      'requestedSchema: it is nested more than 100 levels deep',
    ],
    [
      'a field with a name that hides something',
      form({ 'pi\u202en': { type: 'string' } }),
      'requestedSchema: the name "pin" holds hidden characters',
    ],
    [
      'a choice that hides something',
      form({ a: { type: 'string', enum: ['y\u200ees'] } }),
      'requestedSchema: "yes" holds hidden characters',
    ],
    [
      'a field that it does not have',
      form({}, { required: ['a'] }),
      'requestedSchema: it requires a field that it does not have',
    ],
    [
      'a field of every object',
      form({}, { required: ['toString'] }),
      'requestedSchema: it requires a field that it does not have',
    ],
    [
      'a choice that is a secret',
      form({ a: { type: 'string', enum: [token] } }),
      'requestedSchema: it holds a secret',
    ],
    [
      'a page whose address holds a secret',
      page(`https://bank.example/?t=${token}`),
      'url: it holds a secret',
    ],
    ['no address', page('bank'), 'url: it is none'],
    ['an address that runs', page('javascript:alert(1)'), 'url: neither https nor http'],
    ['a file', page('file:///etc/passwd'), 'url: neither https nor http'],
    [
      'an address that seems to be another',
      page('https://bank.example@evil.example/'),
      'url: it names a user',
    ],
    ['an address without end', page(`https://bank.example/${'a'.repeat(4_000)}`), 'params.url: Too big'],
  ])('%s', (_, params, words) => {
    const read = () => readQuestion(params, tell)
    expect(read).toThrow(Unaskable)
    expect(read).toThrow(words)
    expect(read).toThrow(expect.objectContaining({ code: -32602 }))
  })
})

test('whatever a server sends is a question, or is refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.record({
          mode: fc.constantFrom('form', 'url', undefined),
          message: fc.string(),
          requestedSchema: fc.anything(),
          url: fc.webUrl(),
        }),
        fc.dictionary(fc.string(), fc.jsonValue()).map((properties) => form(properties)),
      ),
      (params) => {
        try {
          expect(readQuestion(params, tell).message).toBe(clean(readQuestion(params, tell).message))
        } catch (error) {
          expect(error).toBeInstanceOf(Unaskable)
        }
      },
    ),
    { numRuns: 300 },
  )
})
