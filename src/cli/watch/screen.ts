/** Lines are cut and not wrapped: some characters are wider than one column, and a second row would push the first one out. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const toTop = '\u001b[H'
const clearLine = '\u001b[K'
const clearBelow = '\u001b[J'
/** What happens in between is drawn together. */
const leastPauseMs = 100
/** Times grow. */
const tickMs = 1_000

/** What is drawn over and over on a terminal, beside what stood there before: that comes back at the end, with the cursor. */
export class Screen {
  #timer: NodeJS.Timeout | undefined
  #isOpen = false
  readonly #ticker: NodeJS.Timeout
  readonly #soon = () => this.soon()
  readonly #restore = () => this.#leave()
  /** Ctrl+Z: the shell gets its screen. */
  readonly #suspend = () => {
    this.#leave()
    process.once('SIGCONT', () => this.#enter())
    process.kill(process.pid, 'SIGSTOP')
  }

  constructor(
    private readonly output: NodeJS.WriteStream,
    private readonly lines: (columns: number, rows: number) => string[],
  ) {
    this.#enter()
    output.on('resize', this.#soon)
    process.on('SIGTSTP', this.#suspend)
    // However the process ends.
    process.on('exit', this.#restore)
    this.#ticker = setInterval(this.#soon, tickMs)
  }

  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#draw()
    }, leastPauseMs)
  }

  /** The last picture stays on the terminal. */
  close(): void {
    clearInterval(this.#ticker)
    clearTimeout(this.#timer)
    this.output.off('resize', this.#soon)
    process.off('SIGTSTP', this.#suspend)
    process.off('exit', this.#restore)
    this.#leave()
    this.output.write(`${this.#current().join('\n')}\n`)
  }

  #enter(): void {
    this.#isOpen = true
    this.output.write(enter)
    this.#draw()
  }

  #leave(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.output.write(leave)
  }

  #draw(): void {
    if (!this.#isOpen) return
    const lines = this.#current().map((line) => `${line}${clearLine}`)
    this.output.write(`${toTop}${lines.join('\n')}${clearBelow}`)
  }

  #current(): string[] {
    return this.lines(this.output.columns, this.output.rows)
  }
}
