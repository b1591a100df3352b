import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type JobReport, readJobReport } from './job-report.ts'

const pollMs = 50

interface Child {
  process: ChildProcess
  report?: JobReport
}

/**
 * Every process that is started here from now on, what it reports, and its end. The framework keeps its processes to itself,
 * and loses sight of some; Node tells of each.
 */
export class ChildProcesses {
  readonly #living = new Set<Child>()
  /** Of dead processes, and not seen to be gone. */
  #leftServers: number[] = []
  #watch: NodeJS.Timeout | undefined

  /** `onChange`: one of them has come, reported or ended. */
  constructor(private readonly onChange: () => void) {
    subscribe('child_process', this.#onProcess)
  }

  /** Of the living, those that have reported. */
  get reports(): JobReport[] {
    return [...this.#living].flatMap(({ report }) => report ?? [])
  }

  kill(): void {
    for (const { process } of this.#living) process.kill('SIGKILL')
  }

  /** None is left, nor any server that one of them had. */
  async gone(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#look()
      if (this.#living.size === 0 && this.#leftServers.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }

  close(): void {
    unsubscribe('child_process', this.#onProcess)
    clearInterval(this.#watch)
  }

  /** From now on until they are gone, so that no number comes to mean another process meanwhile. */
  #awaitEnd(servers: number[]): void {
    this.#leftServers.push(...servers)
    clearInterval(this.#watch)
    this.#watch = setInterval(() => this.#look(), pollMs).unref()
    this.#look()
  }

  #look(): void {
    this.#leftServers = this.#leftServers.filter(isAlive)
    if (this.#leftServers.length === 0) clearInterval(this.#watch)
  }

  readonly #onProcess = (message: unknown) => {
    if (!isAboutProcess(message)) return
    const child: Child = { process: message.process }
    this.#living.add(child)
    const forget = () => {
      this.#living.delete(child)
      this.#awaitEnd(child.report?.servers.flatMap(({ pid }) => pid ?? []) ?? [])
      this.onChange()
    }
    child.process.once('exit', forget)
    // One that could not be started has no exit.
    child.process.on('error', () => {
      if (child.process.pid === undefined) forget()
    })
    child.process.on('message', (told) => {
      const report = readJobReport(told)
      if (report === undefined) return
      child.report = report
      this.onChange()
    })
  }
}

function isAboutProcess(message: unknown): message is { process: ChildProcess } {
  return typeof message === 'object' && message !== null && 'process' in message
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
