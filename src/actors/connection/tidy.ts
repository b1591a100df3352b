import { cap, clean } from '../../text/text.ts'
import type { Tell } from './tell.ts'

const maxDepth = 100
const maxValues = 10_000
const maxCharacters = 200_000
const maxTextCharacters = 4_000

/** What a schema tells a model in words; everything else in it decides what a call means. */
const wordKeys = new Set(['title', 'description', '$comment'])
/** Their content is data, whatever its keys are called. */
export const dataKeys = new Set(['default', 'const', 'enum', 'examples'])

export class Untidy extends Error {}

/**
 * A stranger's schema, its words told anew. Names and values cannot be changed without changing what a call means: hidden
 * characters in them, and too much of anything, make it unusable.
 * @throws Untidy
 */
export function tidy(schema: unknown, tell: Tell): unknown {
  let values = 0
  let characters = 0
  const count = (text: string) => {
    characters += text.length
    if (characters > maxCharacters) throw new Untidy(`it has more than ${maxCharacters} characters`)
  }
  const copy = (value: unknown, depth: number, isData: boolean, key?: string): unknown => {
    values += 1
    if (values > maxValues) throw new Untidy(`it has more than ${maxValues} values`)
    if (depth > maxDepth) throw new Untidy(`it is nested more than ${maxDepth} levels deep`)
    if (typeof value === 'string') {
      if (!isData && key !== undefined && wordKeys.has(key)) {
        count(value)
        return tell(value, maxTextCharacters)
      }
      count(value)
      if (value !== clean(value)) throw new Untidy(`"${cap(clean(value), 100)}" holds hidden characters`)
      return value
    }
    if (Array.isArray(value)) return value.map((inner) => copy(inner, depth + 1, isData))
    if (typeof value !== 'object' || value === null) return value
    // A plain assignment of `__proto__` would be none.
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        count(name)
        if (hidesSomething(name))
          throw new Untidy(`the name "${cap(clean(name), 100)}" holds hidden characters`)
        if (name === '__proto__') throw new Untidy('the name "__proto__" cannot be used')
        return [name, copy(inner, depth + 1, isData || dataKeys.has(name), name)]
      }),
    )
  }
  return copy(schema, 0, false)
}

/** Whether a name is not what it seems to be. */
export function hidesSomething(name: string): boolean {
  return name !== clean(name) || /[\t\n]/.test(name)
}
