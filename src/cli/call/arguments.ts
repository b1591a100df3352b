import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { nearest } from '../../text/nearest.ts'
import { oneLine } from '../../text/text.ts'
import { UsageError } from '../failure.ts'
import { parseExactJson } from './exact-json.ts'
import { namedKeys, schemaOf, valueFor } from './values.ts'

/** As they were typed; what the texts stand for is known when the function is. */
export type WrittenArguments =
  | { kind: 'object'; value: JsonObject }
  | { kind: 'pairs'; pairs: [string, string][] }

/** `key=value …`, a JSON object, or `-` for one from standard input. @throws UsageError, SwitchboardError */
export async function readArguments(
  words: readonly string[],
  readInput: () => Promise<string>,
): Promise<WrittenArguments> {
  const [first = '', ...others] = words
  const isJson = first === '-' || first.trimStart().startsWith('{')
  if (!isJson) return { kind: 'pairs', pairs: words.map(pairOf) }
  if (others.length > 0) {
    throw new UsageError(
      `${first === '-' ? '-' : 'a JSON object'} stands for all arguments; leave out ${others[0]}`,
    )
  }
  const [text, place] = first === '-' ? [await readInput(), 'standard input'] : [first, 'arguments']
  const value = parseExactJson(text, place)
  if (!isObject(value)) {
    throw new UsageError(`${place}: the arguments are one JSON object, such as {"query":"tea"}`)
  }
  return { kind: 'object', value }
}

/** @throws UsageError for a key that is given twice and takes one value */
export function argumentsFor(written: WrittenArguments, inputSchema: JsonObject): JsonObject {
  if (written.kind === 'object') return written.value
  const keys = [...new Set(written.pairs.map(([key]) => key))]
  return Object.fromEntries(
    keys.map((key) => {
      const texts = written.pairs.filter(([name]) => name === key).map(([, text]) => text)
      return [key, valueFor(key, texts, schemaOf(inputSchema, key))]
    }),
  )
}

/** Of arguments that a server passes over, most likely: the schema of its function does not name them. One line each. */
export function warningsOf(args: JsonObject, functionName: string, inputSchema: JsonObject): string[] {
  const named = namedKeys(inputSchema)
  if (named === undefined) return []
  return Object.keys(args)
    .filter((key) => !named.includes(key))
    .map((key) => oneLine(`${functionName} names no argument "${key}"${nearest(key, named)}`))
}

function pairOf(word: string): [string, string] {
  const end = word.indexOf('=')
  if (end > 0) return [word.slice(0, end), word.slice(end + 1)]
  throw new UsageError(
    `${JSON.stringify(word)} is no argument; write key=value, or all of them as one JSON object`,
  )
}
