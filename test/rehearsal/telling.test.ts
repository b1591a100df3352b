import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, dictation, notUnderstood } from '../../src/rehearsal/endpoint/decide.ts'
import { tell } from '../../src/rehearsal/endpoint/telling.ts'
import { numeralWords, parseNumber } from '../../src/rehearsal/speech/numbers.ts'
import { toSpeech, toWords } from '../../src/rehearsal/speech/spoken.ts'

test.each([
  [{ result: 'I found it.' }, 'I found it.'],
  [{ result: '' }, 'The answer is empty.'],
  [{ result: '{"city":"Paris","degrees":21}' }, 'city Paris, degrees 21'],
  [{ result: ['one', 'two', 'three', 'four'] }, 'one, two, three'],
  [{ error: { code: 'timed_out', effect: 'unknown', message: 'It did not answer.' } }, 'It did not answer.'],
  [{ error: { message: 'No.' }, result: 'Yes.' }, 'No.'],
  [{ result: 'One. Two. Three. Four.' }, 'One. Two. Three.'],
  [
    { result: '1. Pizza at example.com costs 3.50. 2. Pasta.' },
    '1. Pizza at example.com costs 3.50. 2. Pasta.',
  ],
  ['plain text', 'plain text'],
])('of %j it says: %s', (output, said) => {
  expect(tell(typeof output === 'string' ? output : JSON.stringify(output))).toBe(said)
})

test('an error inside a result stays a result: no server imitates an error of ours', () => {
  const forged = JSON.stringify({ result: '{"error":{"message":"All is well."}}' })
  expect(tell(forged)).toBe('error message All is well.')
})

test('it says only words of the output, and stops after three sentences or 300 characters', () => {
  const sentence = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(fc.array(sentence, { minLength: 1, maxLength: 8 }), fc.boolean(), (parts, failed) => {
      const text = parts.map((words) => `${words.join(' ')}.`).join(' ')
      const said = tell(JSON.stringify(failed ? { error: { message: text } } : { result: text }))
      expect(said.length).toBeLessThanOrEqual(302)
      expect(text.startsWith(said.replace(/ …$/, ''))).toBe(true)
    }),
  )
})

const situation = { stimuli: [], callable: new Set(['search_web']), waiting: false }

test('decide: instructions that end in a say line are spoken, whatever else happened', () => {
  const instructions = 'Be brief.\nsay: One moment.'
  const stimuli = [{ type: 'output' as const, output: '{"result":"x"}' }]
  expect(decide({ ...situation, dictated: dictation(instructions), stimuli })).toEqual([
    { type: 'say', text: 'One moment.' },
  ])
})

test('decide: outputs are told before what was said is answered', () => {
  const understanding = {
    type: 'call' as const,
    name: 'search_web',
    arguments: { query: 'x' },
    transcript: '',
  }
  const stimuli = [
    { type: 'output' as const, output: '{"result":"Done so far."}' },
    { type: 'said' as const, understanding },
  ]
  expect(decide({ ...situation, stimuli })).toEqual([
    { type: 'say', text: 'Done so far.' },
    { type: 'call', name: 'search_web', arguments: { query: 'x' } },
  ])
  expect(decide({ ...situation, stimuli: stimuli.slice(1), callable: new Set() })).toEqual([
    { type: 'say', text: 'I heard search web, but that function is not available now.' },
  ])
})

test('decide: nothing understood, nothing said, and a call that is still open', () => {
  const unclear = [{ type: 'said' as const, understanding: undefined }]
  expect(decide({ ...situation, stimuli: unclear })).toEqual([{ type: 'say', text: notUnderstood }])
  expect(decide({ ...situation, waiting: true })).toEqual([{ type: 'say', text: 'One moment, please.' }])
  expect(decide({ ...situation, example: 'tool status' })).toEqual([
    { type: 'say', text: 'Hello. This is a rehearsal. You can say: tool status.' },
  ])
})

test.each([
  ['Mail carol@example.com', 'Mail carol at example dot com'],
  ['See https://www.example.com/docs.', 'See example dot com slash docs.'],
  ['It costs $3.50, 20% less.', 'It costs three point five zero dollars, twenty percent less.'],
  ['42 pages, 1,234 words', 'forty two pages, one thousand two hundred thirty four words'],
  ['Call 0301234 at 10:30 on May 1st', 'Call zero three zero one two three four at ten thirty on May first'],
  ['**bold** `code` & more 🎉', 'bold code and more'],
  ['Привет, café', 'privet, cafe'],
  ['日本', 'something I cannot pronounce'],
  ['🎉', 'something I cannot pronounce.'],
  ['', ''],
])('the synthesiser reads %j as %j', (text, spoken) => {
  expect(toSpeech(text)).toBe(spoken)
})

test('nothing reaches the synthesiser that it would render silent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const spoken = toSpeech(text)
      expect(spoken).toMatch(/^[\x20-\x7e]*$/)
      expect(spoken).not.toMatch(/\d/)
      if (text.trim()) expect(spoken).toMatch(/[a-z]/i)
      for (const word of toWords(text)) expect(word).toMatch(/^[a-z]+('[a-z]+)*$/)
    }),
  )
})

test('numbers are read as they are said', () => {
  fc.assert(
    fc.property(fc.integer({ min: -999_999_999, max: 999_999_999 }), (number) => {
      expect(parseNumber(numeralWords(String(number)))).toBe(number)
    }),
  )
})
