import { visit } from 'jsonc-parser'
import { parseJson } from '../../config/json.ts'
import { UsageError } from '../failure.ts'

/** JSON, as it is written: a number that would become another one is refused. @throws UsageError, SwitchboardError */
export function parseExactJson(text: string, place: string): unknown {
  const value = parseJson(text, place)
  visit(text, {
    onLiteralValue: (literal, offset, length, line, column) => {
      const written = text.slice(offset, offset + length)
      if (typeof literal !== 'number' || isExact(written)) return
      throw new UsageError(
        `${place}:${line + 1}:${column + 1}: ${written} is more than a number holds exactly; write it as a text, in quotes`,
      )
    },
  })
  return value
}

/** A longer number would become another one, and a greater one none. */
export function isExact(text: string): boolean {
  return /^-?\d+$/.test(text) ? Number.isSafeInteger(Number(text)) : Number.isFinite(Number(text))
}
