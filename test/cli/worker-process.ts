import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { isAlive, killQuietly } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { type Finished, startSwitchboard } from './support.ts'

// A number where an agent file of one's own logs in its own way.
const lineSchema = z.looseObject({ level: z.union([z.string(), z.number()]), msg: z.string() })
export type LogLine = z.infer<typeof lineSchema>

/** After SIGTERM, in every case. */
const maxEndMs = 10_000

export interface WorkerEnd {
  code: number | null
  inTime: boolean
  /** Processes that live when it has ended. */
  left: number[]
}

/** `switchboard worker` as a process, its log, and all processes that it has been seen to have. */
export class WorkerProcess {
  readonly finished: Promise<Finished>
  readonly pid: number
  #stderr = ''
  #seen = new Set<number>()

  constructor(args: string[], env: NodeJS.ProcessEnv) {
    const { child, finished } = startSwitchboard(['worker', '--health-port', '0', ...args], {
      env,
      // In a process group of its own, as a shell would start it.
      detached: true,
    })
    this.finished = finished
    this.pid = child.pid ?? 0
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString()
    })
    onTestFinished(() => {
      this.descendants()
      for (const pid of [this.pid, ...this.#seen]) killQuietly(pid, 'SIGKILL')
    })
  }

  /** Every line of it is JSON. */
  get log(): LogLine[] {
    const whole = this.#stderr.slice(0, this.#stderr.lastIndexOf('\n') + 1)
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => lineSchema.parse(JSON.parse(line)))
  }

  logged(msg: string): Promise<LogLine> {
    return until(
      () => this.log.find((line) => line.msg === msg),
      `the log says “${msg}”: ${this.#stderr}`,
      60_000,
    )
  }

  async healthUrl(): Promise<string> {
    const line = await this.logged('health is told at /livez and /readyz')
    return z.string().parse(line.url)
  }

  async health(path: '/livez' | '/readyz'): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${await this.healthUrl()}${path}`)
    return { status: response.status, body: await response.json() }
  }

  async untilReady(): Promise<void> {
    await until(async () => (await this.health('/readyz')).status === 200, 'it is ready', 60_000)
  }

  /** Living processes below it: of jobs, of servers, of reapers. They are remembered. */
  descendants(): number[] {
    const parents = new Map(allProcesses().map((pid) => [pid, parentOf(pid)]))
    const isBelow = (pid: number | undefined): boolean =>
      pid !== undefined && pid > 1 && (pid === this.pid || isBelow(parents.get(pid)))
    const below = [...parents.keys()].filter((pid) => pid !== this.pid && isBelow(pid))
    for (const pid of below) this.#seen.add(pid)
    return below
  }

  /** Of those that were seen. */
  get left(): number[] {
    return [...this.#seen].filter(isAlive)
  }

  /** To the worker, or to its whole process group; then waits for its end and for what it leaves. */
  async endWith(signal: NodeJS.Signals, whom: 'worker' | 'group' = 'worker'): Promise<WorkerEnd> {
    this.descendants()
    const at = performance.now()
    process.kill(whom === 'group' ? -this.pid : this.pid, signal)
    const { code } = await this.finished
    return { code, inTime: performance.now() - at < maxEndMs, left: this.left }
  }
}

/** Nobody where there is no `/proc`. */
function allProcesses(): number[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []))
}

function parentOf(pid: number): number | undefined {
  try {
    const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return parent === undefined ? undefined : Number(parent)
  } catch {
    return undefined
  }
}
