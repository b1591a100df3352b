import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import type { Era, Transport } from '../support/transports.ts'
import { until } from '../support/until.ts'

const program = fileURLToPath(new URL('server.mjs', import.meta.url))
const deed = z.strictObject({ at: z.number(), call: z.string(), receipt: z.string() })
const controlTimeoutMs = 1_000

/** What the server does wrong; `../faults/orders.mjs` says what the fields mean, `server.mjs` knows `afterMs`. */
export interface Order {
  at: string
  run?: 'not'
  error?: { code: number; message: string }
  status?: number
  result?: JsonObject
  without?: string[]
  write?: string
  ending?: 'nothing' | 'die' | 'answer and die' | 'close' | 'cut' | 'reset'
  afterMs?: number
}

/** A real server that suffers, and the processes that it is, one after the other. */
export class Victim {
  readonly directory = mkdtempSync(join(tmpdir(), 'switchboard-chaos-'))
  /** Whether the operator took it out of the configuration. */
  isRemoved = false
  /** Another one is another definition. */
  revision = 0
  #http: ChildProcess | undefined
  #port = 0

  constructor(
    readonly name: string,
    readonly over: Transport,
    readonly era: Era,
    readonly group?: string,
  ) {}

  /** Under which its tools are offered. */
  functionOf(tool: 'charge' | 'look'): string {
    return `${tool}_${this.group ?? this.name}`
  }

  /** Its entry under `mcpServers`. */
  get entry(): JsonObject {
    const tools = {
      charge: { as: this.functionOf('charge') },
      look: { as: this.functionOf('look'), readOnly: true },
    }
    const switchboard = { tools, ...(this.group === undefined ? {} : { group: this.group }) }
    const revision = String(this.revision)
    if (this.over === 'http') {
      return { url: `http://127.0.0.1:${this.#port}/mcp`, headers: { 'x-revision': revision }, switchboard }
    }
    const args = this.#arguments
    return { command: process.execPath, args, env: { REVISION: revision }, switchboard }
  }

  /** Makes it well: it obeys no order, goes on if it was stopped, and if it is remote, somebody starts it again. */
  async mend(): Promise<void> {
    this.order()
    this.speak(this.era)
    this.signal('SIGCONT')
    if (this.over === 'http') await until(() => this.#startHttp(), `${this.name} listens`)
  }

  order(...orders: Order[]): void {
    this.#write('orders.json', JSON.stringify(orders))
  }

  /** The processes that come from now on speak this. */
  speak(era: Era): void {
    this.#write('era', era)
  }

  /** To the process that was started last. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#pids.at(-1)
    if (pid !== undefined && this.#isMine(pid)) killQuietly(pid, signal)
  }

  async control(what: 'forget-sessions' | 'drop-events' | 'end-events'): Promise<void> {
    const signal = AbortSignal.timeout(controlTimeoutMs)
    // It may be dead, or stopped.
    await fetch(`http://127.0.0.1:${this.#port}/control/${what}`, { signal }).catch(() => {})
  }

  /** What it has read it still does, and then it ends. */
  async end(): Promise<void> {
    if (this.over === 'stdio') return
    await this.mend()
    await this.control('drop-events')
    this.#http?.stdin?.end()
  }

  /** Processes that are still there after `limitMs`; they are killed then. */
  async leftProcesses(limitMs: number): Promise<number[]> {
    const left = () => this.#pids.filter((pid) => this.#isMine(pid))
    await until(() => left().length === 0, `${this.name} has ended`, limitMs).catch(() => {})
    const found = left()
    for (const pid of found) killQuietly(pid, 'SIGKILL')
    return found
  }

  /** What its tools really did. */
  *runs(): Iterable<HistoryEvent> {
    for (const line of this.#lines('ledger.jsonl')) {
      const { at, call, receipt } = deed.parse(JSON.parse(line))
      yield { type: 'run', at, callId: call, server: this.name, answer: receipt }
    }
  }

  forget(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** Whether it listens. In a group of its own, so that Ctrl+C passes it by; it ends with its input. */
  async #startHttp(): Promise<boolean> {
    const old = this.#http
    if (old && old.exitCode === null && old.signalCode === null) return true
    const args = [...this.#arguments, '--http', String(this.#port)]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
    const heard = once(createInterface(child.stdout), 'line').then(([line]) => Number(line))
    // Somebody else may have the port for a moment.
    const port = await Promise.race([heard, once(child, 'exit').then(() => undefined)])
    if (port === undefined) return false
    this.#port = port
    this.#http = child
    return true
  }

  get #arguments(): string[] {
    return [program, '--directory', this.directory, '--era', this.era]
  }

  /** In one step: the server may read at any time. */
  #write(name: string, text: string): void {
    const file = join(this.directory, name)
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }

  get #pids(): number[] {
    return this.#lines('processes').map(Number)
  }

  /** A process number may be somebody else's by now. */
  #isMine(pid: number): boolean {
    if (!isAlive(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.directory)
    } catch {
      return !existsSync('/proc/self')
    }
  }

  #lines(name: string): string[] {
    const file = join(this.directory, name)
    if (!existsSync(file)) return []
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  }
}
