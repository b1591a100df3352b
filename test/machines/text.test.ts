import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ContentBlock } from '../../src/contract/protocol.ts'
import { readable } from '../../src/text/readable.ts'
import { cap, clean, tail } from '../../src/text/text.ts'

test.each([
  ['an escape', 'a\u001b[31mb', 'a[31mb'],
  ['a bell and a null', 'a\u0007\u0000b', 'ab'],
  ['a C1 control', 'a\u009b31mb', 'a31mb'],
  ['right-to-left override', 'a\u202eb', 'ab'],
  ['isolates and marks', 'a\u2066b\u2069\u200e\u200f\u061cc', 'abc'],
  ['line separators', 'a\u2028b\u2029c', 'abc'],
  ['tag characters', `a${String.fromCodePoint(0xe0041, 0xe007f)}b`, 'ab'],
  ['carriage returns', 'a\r\nb\rc', 'a\nbc'],
])('%s is taken out', (_, text, cleaned) => {
  expect(clean(text)).toBe(cleaned)
})

test('letters, signs, tabs and line feeds stay', () => {
  const text = 'Zoë\tпривет 日本\n👩‍💻 العربية'
  expect(clean(text)).toBe(text)
})

test('cleaning twice is cleaning once', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => clean(clean(text)) === clean(text)))
})

test('a text is cut before a character of two units, never within', () => {
  expect(cap('ab🎉cd', 3)).toBe('ab… (cut: 4 more characters)')
  expect(cap('ab🎉cd', 4)).toBe('ab🎉… (cut: 2 more characters)')
  expect(cap('ab🎉', 4)).toBe('ab🎉')
})

test.each([
  ['what fits is all of it', 'one\ntwo', 7, 'one\ntwo'],
  ['a line that is cut is left out', 'one\ntwo', 5, 'two'],
  ['a line that just fits stays', 'one\ntwo', 3, 'two'],
  ['a single line keeps its end', 'one two', 3, 'two'],
  ['no character of two units is halved', 'a🎉b', 2, 'b'],
])('of the end of a text, %s', (_, text, maxCharacters, end) => {
  expect(tail(text, maxCharacters)).toBe(end)
})

test('a cut text is well formed and begins as the whole one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(70), (text, limit) => {
      const [kept = ''] = cap(text, limit).split('… (cut: ')
      expect(text.startsWith(kept)).toBe(true)
      expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 0))
      // Half a character would come back as a replacement character.
      expect(Buffer.from(kept).toString()).toBe(kept)
    }),
  )
})

test('what a model reads names what is no text, and falls back to structured content', () => {
  expect(
    readable(
      [{ type: 'text', text: 'see' }, { type: 'image', mimeType: 'image/png' }, { type: 'odd' }],
      {},
      99,
    ),
  ).toBe('see\n[image, image/png]\n[odd]')
  expect(readable([], { total: 3 }, 99)).toBe('{"total":3}')
  expect(readable([{ type: 'text', text: 'x'.repeat(50) }], undefined, 10)).toBe(
    `${'x'.repeat(10)}… (cut: 40 more characters)`,
  )
})

test.each([
  ['the last character of one unit before them', '\ud7ff', 1],
  ['the first half of two units', '\ud800', 0],
  ['the last that is a first half', '\udbff', 0],
  ['a second half', '\udc00', 1],
])('a text is cut after %s or before it', (_, unit, kept) => {
  expect(cap(`${unit}ab`, 1)).toBe(`${unit.slice(0, kept)}… (cut: ${3 - kept} more characters)`)
})

test.each<[string, ContentBlock[], unknown, string]>([
  ['no content at all', [], undefined, ''],
  ['a text that is none', [{ type: 'text', text: 5 }], undefined, '[text]'],
  ['a type of media that is none', [{ type: 'image', mimeType: null }], undefined, '[image]'],
  [
    'media',
    [{ type: 'audio', mimeType: 'audio/wav', data: 'A'.repeat(4_000) }],
    undefined,
    '[audio, audio/wav, 3 kB]',
  ],
  ['large media', [{ type: 'image', data: 'A'.repeat(4_000_000) }], undefined, '[image, 3 MB]'],
  [
    'a link',
    [
      {
        ...{ type: 'resource_link', name: 'menu', title: 'The menu', description: 'Of\ntoday' },
        ...{ uri: 'file:///menu.pdf', mimeType: 'application/pdf', size: 5 },
      },
      { type: 'resource_link', uri: 'file:///b', name: 5 },
    ],
    undefined,
    '[link to a resource, menu, Of today, file:///menu.pdf, application/pdf]\n[link to a resource, file:///b]',
  ],
  [
    'embedded resources',
    [
      { type: 'resource', resource: { uri: 'file:///a', mimeType: 'text/plain', text: 'soup\nsalad' } },
      { type: 'resource', resource: { uri: 'file:///b', blob: 'AAAA' } },
      { type: 'resource', resource: 'none' },
    ],
    undefined,
    '[resource, file:///a, text/plain]\nsoup\nsalad\n[resource, file:///b, 3 bytes]\n[resource]',
  ],
  ['a text of another type', [{ type: 'note', text: 'see' }], undefined, '[note]'],
  ['texts beside structured content', [{ type: 'text', text: 'see' }], { total: 3 }, 'see'],
  ['structured content that is nothing', [], null, 'null'],
])('a model reads of %s what is there', (_, content, structured, expected) => {
  expect(readable(content, structured, 200)).toBe(expected)
})

test('a model reads that structured content is nested too deeply', () => {
  let structured: unknown = []
  for (let level = 0; level < 20_000; level++) structured = [structured]
  expect(readable([], structured, 99)).toBe('[structured content, nested too deeply to be read]')
})
