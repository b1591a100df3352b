/** What stands below the options in each command's `--help`. */

/** The meanings that all commands share. */
export const wrongInput = 'wrong input; nothing was begun'
export const interrupted = 'interrupted (Ctrl+C)'

export interface HelpParts {
  /** Variable and what it is for, or free lines. */
  before?: string
  /** What each exit code means. */
  exitCodes: Readonly<Record<number, string>>
  /** Without the prompt. */
  examples: readonly string[]
}

/** For `addHelpText('after', …)`. */
export function helpText({ before, exitCodes, examples }: HelpParts): string {
  const codes = Object.entries(exitCodes).map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`)
  const lines = examples.map((example) => `  $ npx switchboard ${example}`)
  return [
    ...(before === undefined ? [] : ['', before]),
    ...['', 'Exit codes:', ...codes],
    ...['', examples.length === 1 ? 'Example:' : 'Examples:', ...lines],
  ].join('\n')
}
