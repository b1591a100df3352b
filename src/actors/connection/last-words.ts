import { cap } from '../../text/text.ts'

/** The reason is also spoken. */
const maxCharacters = 200

/** As Node, Python, Java and .NET begin the line that says what happened; a stack, or the version of the runtime, may follow it. */
const errorLine = /^(?:Uncaught )?(?:[\w.]*\.)?[A-Z]\w*(?:Error|Exception)\b|^Error\b/

/** What a process wrote last that says why it ended, in a line. */
export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  return cap(
    lines.findLast((line) => errorLine.test(line.slice(0, maxCharacters))) ?? lines.at(-1) ?? '',
    maxCharacters,
  )
}
