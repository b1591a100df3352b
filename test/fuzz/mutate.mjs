/** Makes wrong messages of right ones: whole fields first, then the text. */
import { readFileSync } from 'node:fs'

const corpus = readFileSync(new URL('corpus.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line))

/** Stand-ins for what `JSON.stringify` never writes. */
const deep = '@deep@'
const infinite = '@infinite@'
const prototype = '@prototype@'
const maxDepth = 20_000

const oddKeys = [
  '',
  prototype,
  'constructor',
  'toString',
  'then',
  'toJSON',
  '\u0000',
  'id',
  'x'.repeat(5_000),
]

// biome-ignore format: one list
const oddValues = [
  null, true, false, 0, -1, 0.5, 2 ** 31, 2 ** 53, -1e308, infinite, deep, '', '0', 'null', '\u0000', '\ud800',
  '\u202eabc\u001b[2J', '__proto__', [], [[]], {}, { type: 'text' }, { [prototype]: 1 }, [null, 1],
]

const methods = [
  ...['sampling/createMessage', 'roots/list', 'elicitation/create', 'ping', 'tools/call', 'nonsense', ''],
  ...[
    'notifications/progress',
    'notifications/cancelled',
    'notifications/message',
    'notifications/initialized',
  ],
  ...['notifications/tools/list_changed', 'notifications/resources/updated', '__proto__'],
]

export function createMutator(random) {
  const { below, chance, pick } = random

  function oddValue() {
    if (chance(0.04)) return pick(['x', '\u0000', '🎉']).repeat(200_000)
    if (chance(0.04)) return structuredClone(Array.from({ length: 5_000 }, () => pick(oddValues)))
    // A copy: it may be changed, or put into itself.
    return structuredClone(pick(oddValues))
  }

  /** Some value within a recorded message. */
  function recorded() {
    let value = pick(corpus)
    while (typeof value === 'object' && value !== null && chance(0.7)) value = pick(Object.values(value))
    return structuredClone(value)
  }

  function change(container, key) {
    const value = container[key]
    const rename = (name) =>
      Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true })
    const ways = [
      () => delete container[key],
      () => rename(pick(oddKeys)),
      () => {
        container[key] = [value]
      },
      () => {
        container[key] = recorded()
      },
      ...Array.from({ length: 4 }, () => () => {
        container[key] = oddValue()
      }),
    ]
    pick(ways)()
  }

  /** A copy with a few fields dropped, doubled, replaced or renamed, anywhere in it. */
  function mutate(message) {
    const root = { message: structuredClone(message) }
    for (let left = 1 + below(3); left > 0; left--) {
      let container = root
      let key = 'message'
      for (;;) {
        const inner = container[key]
        if (typeof inner !== 'object' || inner === null || Object.keys(inner).length === 0) break
        if (container !== root && chance(0.3)) break
        container = inner
        key = pick(Object.keys(inner))
      }
      if (container === root && chance(0.9)) continue
      change(container, key)
    }
    return root.message
  }

  /** A request or a notification that the client never asked for. */
  function unasked(ids) {
    const message = { jsonrpc: '2.0', method: pick(methods) }
    if (chance(0.5)) message.id = chance(0.5) ? pick(ids) : oddValue()
    if (chance(0.8)) {
      const progress = {
        progressToken: pick(ids),
        progress: oddValue(),
        total: oddValue(),
        message: oddValue(),
      }
      message.params = pick([progress, { requestId: pick(ids), reason: oddValue() }, recorded(), oddValue()])
    }
    return chance(0.3) ? mutate(message) : message
  }

  function withId(message, ids) {
    const others = [pick(ids), String(message.id), message.id + 1, -1, null, [message.id], 1e15, infinite, {}]
    return { ...message, id: pick(others) }
  }

  function refused(message) {
    const code = pick([-32700, -32600, -32601, -32602, -32603, -32000, -32022, 0, 1, 'no', null])
    return {
      jsonrpc: '2.0',
      id: message.id,
      error: { code, message: pick(['no', '', 'session']), data: oddValue() },
    }
  }

  /** The texts that are sent instead of `answer`, each meant as one message. `ids`: of requests so far. */
  function instead(answer, ids) {
    const text = (message) => write(message, 1 + below(maxDepth))
    const unaskeds = () => Array.from({ length: 1 + below(4) }, () => text(unasked(ids)))
    const ways = [
      () => [text(mutate(answer))],
      () => [text(mutate(answer))],
      () => [text(mutate(answer))],
      () => [text(mutate(answer)), text(answer)],
      () => [text(answer), text(answer)],
      () => [text(answer), text(mutate(answer))],
      () => [text(withId(answer, ids))],
      () => [text(withId(answer, ids)), text(answer)],
      () => [...unaskeds(), text(answer)],
      () => [text(answer), ...unaskeds()],
      () => unaskeds(),
      () => [text(refused(answer))],
      () => [text([answer, unasked(ids)])],
      () => [text(pick(corpus)), text(answer)],
      () => [text({ ...pick(corpus), id: answer.id })],
      () => [corrupt(text(answer)), text(answer)],
      () => [corrupt(text(answer))],
      () => [],
    ]
    return pick(ways)()
  }

  /** The text with a piece cut out, put in or put twice; it may hold a line feed. */
  function corrupt(text) {
    const at = below(text.length)
    const to = at + below(text.length - at)
    const pieces = [
      '\u0000',
      '\ufeff',
      '\n',
      '\r',
      '}',
      ']',
      '"',
      ',',
      '\\',
      '\u2028',
      '{"jsonrpc":"2.0"}',
      ' '.repeat(9_999),
    ]
    const ways = [
      () => text.slice(0, at),
      () => text.slice(at),
      () => text.slice(0, at) + text.slice(to),
      () => text.slice(0, to) + text.slice(at),
      () => text.slice(0, at) + pick(pieces) + text.slice(at),
      () => pick(pieces) + text,
      () => text + text,
      () => text.replaceAll(':', pick([': ', ':"', '::', ''])),
    ]
    return pick(ways)()
  }

  /** Bytes that are not always UTF-8. */
  function bytes(text) {
    const all = Buffer.from(text)
    if (all.length === 0 || !chance(0.1)) return all
    for (let left = 1 + below(5); left > 0; left--) all[below(all.length)] = below(256)
    return all
  }

  return { instead, mutate, corrupt, bytes, oddValue }
}

function write(message, depth) {
  const nested =
    depth % 2 === 0 ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  return JSON.stringify(message ?? null)
    .replaceAll(`"${deep}"`, () => nested)
    .replaceAll(`"${infinite}"`, '1e999')
    .replaceAll(`"${prototype}":`, '"__proto__":{"polluted":true},"constructor":')
}
