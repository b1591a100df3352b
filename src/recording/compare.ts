import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../contract/json.ts'
import { jsonOf } from './json.ts'
import { hidden } from './mask.ts'

/** Whether `actual` is what was recorded, as far as the recording shows it. Both are JSON. */
function isAsRecorded(recorded: unknown, actual: unknown): boolean {
  if (typeof recorded === 'string') return recorded === actual || recorded.includes(hidden)
  if (Array.isArray(recorded)) {
    if (!Array.isArray(actual) || actual.length !== recorded.length) return false
    return recorded.every((one, index) => isAsRecorded(one, actual[index]))
  }
  if (!isObject(recorded) || !isObject(actual)) return recorded === actual
  const keys = Object.keys(recorded)
  if (keys.some((key) => key.includes(hidden))) return true
  return (
    isDeepStrictEqual(new Set(keys), new Set(Object.keys(actual))) &&
    keys.every((key) => isAsRecorded(recorded[key], actual[key]))
  )
}

/** What is left of both without what they begin and end with in common. */
export function differing<Recorded, Actual>(
  recorded: readonly Recorded[],
  decided: readonly Actual[],
): { expected: Recorded[]; actual: Actual[] } {
  const isSame = (one: Recorded | undefined, other: Actual | undefined) =>
    JSON.stringify(one) === JSON.stringify(other) || isAsRecorded(one, jsonOf(other))
  const shorter = Math.min(recorded.length, decided.length)
  let start = 0
  while (start < shorter && isSame(recorded[start], decided[start])) start += 1
  let end = 0
  while (end < shorter - start && isSame(recorded.at(-1 - end), decided.at(-1 - end))) end += 1
  return {
    expected: recorded.slice(start, recorded.length - end),
    actual: decided.slice(start, decided.length - end),
  }
}

export interface DifferingPath {
  /** Such as `0.event.outcome.ok`. */
  path: string
  recorded: unknown
  actual: unknown
}

/** The innermost places where two values differ. */
export function differingPaths(recorded: unknown, decided: unknown): DifferingPath[] {
  const found: DifferingPath[] = []
  const look = (path: string[], one: unknown, other: unknown) => {
    if (isAsRecorded(one, other)) return
    if (!isContainer(one) || !isContainer(other)) {
      found.push({ path: path.join('.'), recorded: one, actual: other })
      return
    }
    const [before, after] = [new Map(Object.entries(one)), new Map(Object.entries(other))]
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      look([...path, key], before.get(key), after.get(key))
    }
  }
  look([], recorded, jsonOf(decided))
  return found
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
