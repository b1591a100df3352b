import fc from 'fast-check'

/** Names that mean something to JavaScript, to a path, or to this project. */
const awkwardNames = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'length', ''],
  ...[
    'a.b',
    'a/b',
    '../a',
    'a b',
    'a__b',
    'a#1',
    'a\0b',
    'a\nb',
    'tool_status',
    'x'.repeat(100),
    '😀',
    '\ud800',
  ],
]

export const anyName = fc.oneof(
  fc.constantFrom(...awkwardNames),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ minLength: 1, maxLength: 8 }),
)

/** What `JSON.parse` can give. */
export const anyJson = fc.json({ maxDepth: 4, stringUnit: 'binary' }).map((text): unknown => JSON.parse(text))

/** An object with these own keys, `__proto__` too. */
export function objectOf<Value>(entries: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(entries)
}
