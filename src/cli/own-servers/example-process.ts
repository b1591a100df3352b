import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../config/expand.ts'

const startWithinMs = 20_000
const endWithinMs = 3_000

/** One of the compiled examples, listening. It ends with this process, however that ends. */
export class ExampleProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** As it printed it. */
    readonly url: string,
  ) {}

  /** `program`: below `dist/examples`. @throws Error with what it wrote, if it did not start */
  static async start(program: string, args: string[], environment: Environment): Promise<ExampleProcess> {
    const file = fileURLToPath(new URL(`../../../dist/examples/${program}`, import.meta.url))
    const child = spawn(process.execPath, [file, ...args], {
      env: environment,
      // By the channel it notices when this process is gone; a group of its own lets calls end before it does.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      detached: true,
    })
    try {
      return new ExampleProcess(child, await addressOf(child, program))
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
  }

  async stop(): Promise<void> {
    const { child } = this
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs)
    await ended
    clearTimeout(timer)
  }
}

async function addressOf(child: ChildProcess, program: string): Promise<string> {
  if (!child.stderr) throw new Error(`${program} has no standard error`)
  const timer = setTimeout(() => child.kill('SIGKILL'), startWithinMs)
  let last = ''
  try {
    const lines = createInterface(child.stderr)
    for await (const line of lines) {
      const url = /^listening on (\S+)$/.exec(line)?.[1]
      if (url !== undefined) return url
      if (line.trim() !== '') last = line
    }
  } finally {
    clearTimeout(timer)
    child.stderr.resume()
  }
  throw new Error(`${program} did not start${last === '' ? '' : `: ${last}`}`)
}
