import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { until } from '../support/until.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
/** Of util-linux: it gives a program a terminal. */
const script = '/usr/bin/script'

export const hasTerminal = process.platform === 'linux' && existsSync(script)

/** The built command in a terminal of its own. */
export class Terminal {
  #output = ''
  readonly #child: ChildProcess

  /** `size`: columns and rows. */
  constructor(
    command: string,
    { env = {}, size = [100, 24] }: { env?: NodeJS.ProcessEnv; size?: number[] } = {},
  ) {
    const [columns, rows] = size
    const line = `stty cols ${columns} rows ${rows}; exec ${process.execPath} ${main} ${command}`
    this.#child = spawn(script, ['--quiet', '--return', '--command', line, '/dev/null'], {
      env: {
        ...process.env,
        ...{ FORCE_COLOR: undefined, NO_COLOR: undefined, CI: undefined, TERM: 'xterm' },
        XDG_CACHE_HOME: join(tmpdir(), 'switchboard-test-cache'),
        ...env,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString()
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  /** Everything that was written to it, with what moves the cursor. */
  get output(): string {
    return this.#output
  }

  shows(pattern: RegExp): Promise<RegExpMatchArray> {
    return until(() => this.#output.match(pattern) ?? false, `the terminal shows ${pattern}: ${this.#output}`)
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close')
    return this.#child.exitCode
  }
}
