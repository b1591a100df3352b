import { escaped } from '../text/text.ts'

/** For `--json`. What could steer a terminal stands as an escape of JSON's own, so that it is the same value. */
export function jsonDocument(value: unknown): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`
}

export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`
}
