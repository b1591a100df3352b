import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { SwitchboardError } from '../contract/errors.ts'

/** JSON with comments and trailing commas, and a byte order mark before it. @throws SwitchboardError `not_json`: says where, and nothing of what stands there */
export function parseJson(text: string, file: string): unknown {
  const errors: ParseError[] = []
  const value = parsed(text, file, errors)
  const [error] = errors
  if (error) {
    const before = text.slice(0, error.offset).split('\n')
    const line = before.length
    const column = (before.at(-1)?.length ?? 0) + 1
    const what = printParseErrorCode(error.error)
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
    throw new SwitchboardError(
      'not_json',
      `${file}:${line}:${column}: not JSON (${what}); correct it at that place`,
    )
  }
  return value
}

function parsed(text: string, file: string, errors: ParseError[]): unknown {
  try {
    return parse(text.replace(/^\uFEFF/, ' '), errors, { allowTrailingComma: true })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new SwitchboardError('not_json', `${file}: is nested too deeply to be read; correct it`)
  }
}
