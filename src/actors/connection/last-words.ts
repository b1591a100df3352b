import { cap } from '../../text/text.ts'

/** The reason is also spoken. */
const maxCharacters = 200

/** As Node, Python, Java and .NET begin the line that says what happened; a stack, or the version of the runtime, may follow it. */
const errorLine = /^(?:Uncaught )?(?:[\w.]*\.)?[A-Z]\w*(?:Error|Exception)\b|^Error\b/

/** What a process that ended says of it, to be put behind that: on stderr, or else what it `printed` instead of messages. */
export function lastWords(stderr: string, printed: string): string {
  const words = lastLine(stderr)
  if (words !== '') return `; it wrote: ${words}`
  return printed === '' ? '' : `; it printed: ${cap(printed, maxCharacters)}`
}

/** The one that says why, if there is one. */
function lastLine(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  return cap(
    lines.findLast((line) => errorLine.test(line.slice(0, maxCharacters))) ?? lines.at(-1) ?? '',
    maxCharacters,
  )
}
