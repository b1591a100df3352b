import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ContentBlock } from '../../src/contract/protocol.ts'
import { readable } from '../../src/text/readable.ts'
import { cap, clean } from '../../src/text/text.ts'
import { anyJson, anyName } from './arbitraries.ts'

/** Letters, signs of two units, and everything that must not reach a model. */
const character = fc.oneof(
  fc.constantFrom('a', ' ', '\n', '\t', '\r', 'é', '👩‍💻', '\ud83d', '\ude00'),
  fc.constantFrom(
    '\0',
    '\u001b',
    '\u007f',
    '\u009b',
    '\u061c',
    '\u200e',
    '\u2028',
    '\u202e',
    '\u2066',
    '\u2069',
  ),
  fc.integer({ min: 0xe0000, max: 0xe007f }).map((code) => String.fromCodePoint(code)),
  fc.string({ unit: 'binary', maxLength: 1 }),
)
const strangersText = fc.array(character, { maxLength: 60 }).map((characters) => characters.join(''))

/** Said here anew: Unicode's controls but tab and line feed, its bidirectional controls, separators and tags. */
const unsafe = /(?![\t\n])\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]|[\u{e0000}-\u{e007f}]/u

const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text: strangersText }),
  fc.record({ type: strangersText, mimeType: fc.oneof(strangersText, anyJson) }),
  fc.record({ type: fc.constant('text'), text: anyJson }),
  fc.record({ type: anyName, resource: anyJson }),
) satisfies fc.Arbitrary<ContentBlock>

const cutMark = /… \(cut: (\d+) more characters\)$/

test('no text of a stranger keeps a control, bidirectional or tag character, whatever else is in it', () => {
  fc.assert(
    fc.property(strangersText, (text) => {
      const cleaned = clean(text)
      expect(cleaned).not.toMatch(unsafe)
      expect(clean(cleaned)).toBe(cleaned)
    }),
    { numRuns: 1_000 },
  )
})

test('what is cut is a prefix, and says how much is missing', () => {
  fc.assert(
    fc.property(strangersText, fc.nat(70), (text, limit) => {
      const capped = cap(text, limit)
      if (text.length <= limit) {
        expect(capped).toBe(text)
        return
      }
      const kept = capped.replace(cutMark, '')
      const [, missing] = cutMark.exec(capped) ?? []
      expect(text.slice(0, kept.length)).toBe(kept)
      expect(kept.length).toBeLessThanOrEqual(limit)
      expect(kept.length + Number(missing)).toBe(text.length)
    }),
    { numRuns: 1_000 },
  )
})

test('what a model reads of any answer is clean and short', () => {
  const structured = fc.option(fc.dictionary(anyName, anyJson), { nil: undefined })
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 6 }),
      structured,
      fc.integer({ min: 1, max: 100 }),
      (...answer) => {
        const [content, structured, limit] = answer
        const text = readable(content, structured, limit)
        expect(text).not.toMatch(unsafe)
        expect(text.replace(cutMark, '').length).toBeLessThanOrEqual(limit)
        // The same words whole, where there is room.
        const whole = readable(content, structured, Infinity)
        expect(whole.startsWith(text.replace(cutMark, ''))).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

test('every block of an answer leaves a word of it, its texts first', () => {
  const texts = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 4 })
  fc.assert(
    fc.property(texts, fc.array(fc.constantFrom('image', 'audio'), { maxLength: 3 }), (words, others) => {
      const content = [
        ...others.map((type) => ({ type })),
        ...words.map((text) => ({ type: 'text', text })),
      ] satisfies ContentBlock[]
      const lines = [...words, ...others.map((type) => `[${type}]`)]
      expect(readable(content, undefined, 1_000)).toBe(lines.join('\n'))
    }),
  )
})

test('an answer that is nested too deeply to be written is still an answer', () => {
  const levels = 20_000
  const structured: unknown = JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
  expect(readable([], structured, 100)).toEqual(expect.any(String))
})
