/** C0 and C1 controls but tab and line feed, bidirectional controls (UAX #9), line separators, and Unicode tags. */
const unsafeCharacters =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu

/** Text from strangers, without what could steer a terminal, a page or a model unseen. */
export function clean(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafeCharacters, '')
}

/** The same as `clean` for JSON, which keeps all by its escapes. */
export function escaped(json: string): string {
  return json.replace(unsafeCharacters, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Clean text in one line, with single blanks. */
export function oneLine(text: string): string {
  return clean(text.replace(/[\s\u0085]+/g, ' ')).trim()
}

/** Where a text was cut. */
export const cutMark = '… (cut: '

/** The beginning of a text, if it is longer, with a note of how much is left out; never half a character of two units. */
export function cap(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  let end = maxCharacters
  const lastUnit = text.charCodeAt(end - 1)
  if (lastUnit >= 0xd800 && lastUnit <= 0xdbff) end -= 1
  return `${text.slice(0, end)}${cutMark}${text.length - end} more characters)`
}

/** The end of a text: whole lines, or of a single one what fits. */
export function tail(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  const end = text.slice(-maxCharacters)
  const firstWhole = end.indexOf('\n') + 1
  if (firstWhole > 0 || text[text.length - maxCharacters - 1] === '\n') return end.slice(firstWhole)
  const firstUnit = end.charCodeAt(0)
  return firstUnit >= 0xdc00 && firstUnit <= 0xdfff ? end.slice(1) : end
}

/** A copy of what is JSON, with every text in it told anew, the names as well. What is nested too deeply to be read is not told. */
export function retold(value: unknown, tell: (text: string) => string): unknown {
  try {
    return retoldWithin(value, tell)
  } catch (error) {
    if (error instanceof RangeError) return '[nested too deeply to be read]'
    throw error
  }
}

function retoldWithin(value: unknown, tell: (text: string) => string): unknown {
  if (typeof value === 'string') return tell(value)
  if (Array.isArray(value)) return value.map((inner) => retoldWithin(inner, tell))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [tell(key), retoldWithin(inner, tell)]),
  )
}

/** What the depth of a stranger's JSON overflows is still an answer. */
export function written(value: unknown, what = ''): string {
  try {
    return JSON.stringify(value)
  } catch {
    return `[${what}nested too deeply to be read]`
  }
}
