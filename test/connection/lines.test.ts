import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from '../../src/actors/connection/lines.ts'

function split(chunks: Buffer[], maxLineBytes = 1_000): { lines: string[]; tooLong: number } {
  const lines: string[] = []
  let tooLong = 0
  const splitter = new LineSplitter(
    maxLineBytes,
    (line) => lines.push(line),
    () => {
      tooLong += 1
    },
  )
  for (const chunk of chunks) splitter.push(chunk)
  return { lines, tooLong }
}

/** The bytes cut at any places, also within a character. */
function cutAt(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const word = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/\s/g, '') || 'x')

test('lines are the same however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(word), fc.array(fc.nat(400)), (words, places) => {
      const bytes = Buffer.from(words.map((one) => `${one}\n`).join(''))
      expect(split(cutAt(bytes, places))).toEqual({ lines: words, tooLong: 0 })
    }),
  )
})

test('a line that is too long is dropped whole and reported once, the others stay', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400)), (places) => {
      const bytes = Buffer.from(`first\n${'x'.repeat(51)}\nlast\n${'y'.repeat(50)}\n`)
      expect(split(cutAt(bytes, places), 50)).toEqual({
        lines: ['first', 'last', 'y'.repeat(50)],
        tooLong: 1,
      })
    }),
  )
})

test('empty lines and carriage returns are nothing; an unfinished line waits', () => {
  expect(split([Buffer.from('\n\r\n  \na\r\nb')])).toEqual({ lines: ['a'], tooLong: 0 })
})
