import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import type { Transport } from '../support/transports.ts'
import { until } from '../support/until.ts'

const program = fileURLToPath(new URL('hostile.mjs', import.meta.url))

const note = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started'), pid: z.number() }),
  z.object({ event: z.literal('listening'), port: z.number() }),
  z.object({ event: z.literal('received'), key: z.string(), callId: z.string() }),
  z.object({ event: z.literal('refused'), key: z.string() }),
  z.object({ event: z.literal('error'), error: z.string() }),
])

/** The process of `hostile.mjs`, and what it wrote down. */
export class HostileServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'switchboard-fuzz-'))

  constructor(
    readonly name: string,
    private readonly seed: number,
  ) {
    onTestFinished(() => {
      for (const one of this.#notes) if (one.event === 'started') killQuietly(one.pid, 'SIGKILL')
      rmSync(this.#directory, { recursive: true, force: true })
    })
  }

  /** Its entry under `mcpServers`; over HTTP it is started now. */
  async entry(over: Transport, options: JsonObject): Promise<JsonObject> {
    const args = [program, '--directory', this.#directory, '--seed', String(this.seed)]
    if (over === 'stdio') return { command: process.execPath, args, switchboard: options }
    spawn(process.execPath, [...args, '--http', '0'], { stdio: 'ignore' })
    const port = await until(() => this.#notes.find((one) => one.event === 'listening')?.port, 'it listens')
    return { url: `http://127.0.0.1:${port}/mcp`, switchboard: options }
  }

  /** From now on it does everything right. */
  lift(): void {
    writeFileSync(join(this.#directory, 'lifted'), '')
  }

  /** Calls that it received and did not refuse. What it answered is not known: it lies. */
  get runs(): HistoryEvent[] {
    const refusals = this.#notes.flatMap((one) => (one.event === 'refused' ? one.key : []))
    return this.#notes.flatMap((one): HistoryEvent[] => {
      if (one.event !== 'received') return []
      const refusal = refusals.indexOf(one.key)
      if (refusal === -1) return [{ type: 'run', at: 0, callId: one.callId, server: this.name, answer: '' }]
      // A redirect brings the same request again: each refusal stands for one.
      refusals.splice(refusal, 1)
      return []
    })
  }

  /** Faults of its own, which it is not meant to have. */
  get errors(): string[] {
    return this.#notes.flatMap((one) => (one.event === 'error' ? one.error : []))
  }

  get isGone(): boolean {
    return this.#notes.every((one) => one.event !== 'started' || !isAlive(one.pid))
  }

  get #notes(): z.infer<typeof note>[] {
    const file = join(this.#directory, 'journal.jsonl')
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => note.parse(JSON.parse(line)))
  }
}
