import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import { isAlive, killQuietly } from './processes.ts'
import type { Era } from './transports.ts'
import { until } from './until.ts'

const program = fileURLToPath(new URL('../faults/server.mjs', import.meta.url))

/** What the server does wrong; `faults/orders.mjs` says what the fields mean. */
export interface Order {
  at: string
  run?: 'not' | 'started' | 'whole'
  result?: JsonObject
  without?: string[]
  error?: { code: number; message: string }
  status?: number
  headers?: Record<string, string>
  body?: string
  write?: string
  // biome-ignore format: one list
  ending?: 'answer' | 'nothing' | 'late' | 'die' | 'exit' | 'stop' | 'answer and die' | 'answer and stop' | 'close' | 'cut' | 'reset' | 'end events'
  process?: 'first'
  once?: boolean
}

const ledgerNote = z.object({
  event: z.enum(['start', 'finish', 'note']),
  tool: z.string(),
  callId: z.string().optional(),
  arguments: z.record(z.string(), z.unknown()).optional(),
  token: z.string().optional(),
  pid: z.number().optional(),
})

const startNote = z.object({ event: z.literal('start'), meta: z.record(z.string(), z.unknown()).optional() })

const journalNote = z.object({
  event: z.string(),
  pid: z.number(),
  child: z.number().optional(),
  port: z.number().optional(),
  tool: z.string().optional(),
  callId: z.string().optional(),
  /** Of its client, to what it asked. */
  answer: z.record(z.string(), z.unknown()).optional(),
  capabilities: z.record(z.string(), z.unknown()).optional(),
})

/** A real MCP server (`test/servers/server.mjs`), its files, and the processes that it has been. */
export class TestServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'switchboard-test-'))
  readonly #flags: string[]

  constructor(...flags: string[]) {
    this.#flags = flags
    onTestFinished(async () => {
      // A killed process takes a moment to go.
      await until(() => !this.pids.some(isAlive), 'its processes are gone', 2_000).catch(() => {})
      const left = this.pids.filter(isAlive)
      for (const pid of left) killQuietly(pid, 'SIGKILL')
      rmSync(this.directory, { recursive: true, force: true })
      if (left.length > 0) throw new Error(`processes of a test server are left: ${left.join(', ')}`)
    })
  }

  /** Its entry under `mcpServers`, over stdio. */
  stdio(options: JsonObject = {}, env: Record<string, string> = {}): JsonObject {
    return { command: process.execPath, args: this.arguments, env, switchboard: options }
  }

  /** Starts it with Streamable HTTP, on the port of before or a free one, on this machine or in another place. */
  async startHttp(port = 0, { host, command }: Place = here): Promise<HttpProcess> {
    const earlier = this.#ports.length
    const args = [...this.arguments, '--http', String(port), '--host', host]
    const [program = '', ...rest] = [...command, process.execPath, ...args]
    // By the channel it notices that the tests are gone, however they end.
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    const kill = async () => {
      child.kill('SIGKILL')
      await exited
    }
    onTestFinished(kill)
    const heard = await until(() => this.#ports[earlier], 'the HTTP server listens')
    const origin = `http://${host}:${heard}`
    const control = async (what: HttpControl) => void (await fetch(`${origin}/control/${what}`))
    return { port: heard, url: `${origin}/mcp`, pid: child.pid ?? 0, kill, control }
  }

  /** From now on it does this wrong, in every process. */
  order(...orders: Order[]): void {
    // In one step: the server may read at any time.
    const file = join(this.directory, 'orders.json')
    writeFileSync(`${file}.new`, JSON.stringify(orders))
    renameSync(`${file}.new`, file)
  }

  /** From now on it does everything right. */
  lift(): void {
    this.order()
  }

  /** For Node, over stdio. */
  get arguments(): string[] {
    return [program, '--directory', this.directory, ...this.#flags]
  }

  /** Executions of its tools; nothing where none ran. */
  get ledger(): z.infer<typeof ledgerNote>[] {
    return this.#read('ledger.jsonl').map((line) => ledgerNote.parse(line))
  }

  /** What came in `_meta` with each call that ran, in order. */
  get metas(): JsonObject[] {
    return this.#read('ledger.jsonl').flatMap((line): JsonObject[] => {
      const { data } = startNote.safeParse(line)
      return data ? [data.meta ?? {}] : []
    })
  }

  get journal(): z.infer<typeof journalNote>[] {
    return this.#read('journal.jsonl').map((line) => journalNote.parse(line))
  }

  /** How often `tool` was started and finished. */
  runs(tool: string): { started: number; finished: number } {
    const count = (event: string) =>
      this.ledger.filter((note) => note.tool === tool && note.event === event).length
    return { started: count('start'), finished: count('finish') }
  }

  /** Its own processes and their children. */
  get pids(): number[] {
    return [
      ...new Set(this.journal.flatMap(({ pid, child }) => (child === undefined ? [pid] : [pid, child]))),
    ]
  }

  /** The processes that come from now on speak another era. */
  speak(era: Era): void {
    writeFileSync(join(this.directory, 'era'), era)
  }

  async untilStarted(tool: string): Promise<void> {
    await until(() => this.runs(tool).started > 0, `${tool} starts`)
  }

  async untilNoted(event: string): Promise<void> {
    await until(() => this.journal.some((note) => note.event === event), `the journal says ${event}`)
  }

  /** Makes a file appear that a tool waits for. */
  release(file: string): void {
    writeFileSync(join(this.directory, file), '')
  }

  get #ports(): number[] {
    return this.journal.flatMap(({ port }) => port ?? [])
  }

  #read(file: string): unknown[] {
    const path = join(this.directory, file)
    if (!existsSync(path)) return []
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line))
  }
}

/** Where it listens, and what stands before its command line. */
export interface Place {
  host: string
  command: readonly string[]
}

const here: Place = { host: '127.0.0.1', command: [] }

/** What `faults/http.mjs` does at once when it is told. */
export type HttpControl = 'forget-sessions' | 'drop-events' | 'end-events'

export interface HttpProcess {
  port: number
  url: string
  pid: number
  control(what: HttpControl): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}
