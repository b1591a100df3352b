import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** What is remembered of functions is not that of whoever runs the tests. */
const cacheFolder = join(tmpdir(), 'switchboard-test-cache')

const eventSchema = z.looseObject({ type: z.string() })
export type PrintedEvent = z.infer<typeof eventSchema>

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

/** The built command as a process of its own. */
export function startSwitchboard(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; detached?: boolean; input?: string } = {},
) {
  const child: ChildProcess = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd,
    // Vitest wants colours of what it runs; who runs a command does not.
    env: {
      ...process.env,
      FORCE_COLOR: undefined,
      NO_COLOR: undefined,
      XDG_CACHE_HOME: cacheFolder,
      ...options.env,
    },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
  })
  child.stdin?.end(options.input)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const finished: Promise<Finished> = once(child, 'close').then(() => ({
    code: child.exitCode,
    stdout,
    stderr,
  }))
  return { child, finished }
}

export function run(
  args: string[],
  options?: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string },
): Promise<Finished> {
  return startSwitchboard(args, options).finished
}

/** The first event of `--json` that `isIt` accepts. */
export async function printedEvent(
  child: ChildProcess,
  isIt: (event: PrintedEvent) => boolean,
): Promise<PrintedEvent> {
  if (!child.stdout) throw new Error('the process has no standard output')
  for await (const line of createInterface({ input: child.stdout })) {
    const event = eventSchema.parse(JSON.parse(line))
    if (isIt(event)) return event
  }
  throw new Error('the process ended before that event')
}

/** What is told of the machine's slowness alone. */
export function withoutProgress(stderr: string): string {
  return stderr.replaceAll(/^switchboard: .* …\n/gm, '')
}

export function printedEvents(stdout: string): PrintedEvent[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => eventSchema.parse(JSON.parse(line)))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
