import { escaped } from '../text/text.ts'

/** For `--json`. What could steer a terminal stands as an escape of JSON's own, so that it is the same value. */
export function jsonDocument(value: unknown): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`
}

export function jsonLine(value: unknown): string {
  return `${jsonText(value)}\n`
}

/** In one line, without its end. */
export function jsonText(value: unknown): string {
  return escaped(JSON.stringify(value))
}

/** Says one thing to a program, or else to a person. */
export type Tell = (event: object, text: string) => void

export function teller(json: boolean, output: NodeJS.WritableStream): Tell {
  return (event, text) => void output.write(json ? jsonLine(event) : `${text}\n`)
}
