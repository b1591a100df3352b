/** What the commands `npm run simulate` and `npm run chaos` share. */

/** Runs `main`, whose result is the exit code; an error is one line, and the exit code 2. */
export async function runCommand(name: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 2
  }
}

/** @throws Error that names the option */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${option} must be a whole number, not ${text}`)
  return Number(text)
}

/** Lines with the first column to the left and the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

/** One line that is written over on a terminal, else a line now and then; `end` leaves nothing of it. */
export class ProgressLine {
  readonly #timer: NodeJS.Timeout

  constructor(words: () => string) {
    const { stderr } = process
    this.#timer = setInterval(
      () => stderr.write(stderr.isTTY ? `\r\u001b[K${words()}` : `${words()}\n`),
      stderr.isTTY ? 500 : 10_000,
    )
  }

  end(): void {
    clearInterval(this.#timer)
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }
}
