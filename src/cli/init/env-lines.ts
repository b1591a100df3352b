import { parseEnv } from 'node:util'
import type { Variable } from './variables.ts'

/**
 * The text of `.env` with lines for these variables at its end; what stands there stays. Those in `copied` get their value, any other
 * is a comment: one that is set to nothing would be taken for set.
 */
export function withVariables(
  text: string | undefined,
  variables: readonly Variable[],
  copied: readonly string[],
): string {
  const before = text ?? ''
  const start = before === '' || before.endsWith('\n') ? before : `${before}\n`
  const isNamed = (name: string) => new RegExp(`^\\s*#?\\s*(export\\s+)?${name}\\s*=`, 'm').test(before)
  const lines = variables
    .filter(({ name }) => copied.includes(name) || !isNamed(name))
    .map(({ name, value = '', places, description }) => {
      const what = [description, places.join(', ')].filter(Boolean).join('; ').replace(/\s+/g, ' ')
      return `# ${what}\n${copied.includes(name) ? `${name}=${quoted(value)}` : `# ${name}=`}\n`
    })
  return start + lines.join('')
}

/** Whether it has a value that `.env` can hold. */
export function canBeWritten({ value }: Variable): boolean {
  return value !== undefined && quoted(value) !== undefined
}

/** Nothing where no kind of quotes of Node's reader gives the value back. */
function quoted(value: string): string | undefined {
  const spellings = ['', "'", '"', '`'].map((quote) => `${quote}${value}${quote}`)
  return spellings.find((spelling) => parseEnv(`NAME=${spelling}\n`).NAME === value)
}
