import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import type { Transport } from '../support/transports.ts'
import { until } from '../support/until.ts'

/** On which SDK: the first speaks up to MCP 2025-11-25, the second here 2026-07-28 alone. */
export const sdks = ['v1', 'v2'] as const

export type Sdk = (typeof sdks)[number]

export const everyWay = sdks.flatMap((sdk) =>
  (['stdio', 'http'] as const).map((transport): [Sdk, Transport] => [sdk, transport]),
)

/** A server as its authors write it, on a real SDK; `v1-server.mjs` and `v2-server.mjs` offer the same. */
export class SdkServer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'switchboard-test-'))
  readonly #program: string

  constructor(sdk: Sdk) {
    this.#program = fileURLToPath(new URL(`${sdk}-server.mjs`, import.meta.url))
    onTestFinished(() => rmSync(this.#directory, { recursive: true, force: true }))
  }

  /** Of one that can be reached: started if it is HTTP. */
  async entry(transport: Transport, options: JsonObject = {}): Promise<JsonObject> {
    const args = [this.#program, '--notes', this.#notes]
    if (transport === 'stdio') return { command: process.execPath, args, switchboard: options }
    // By the channel it notices that the tests are gone, however they end.
    const child = spawn(process.execPath, [...args, '--http'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    if (!child.stdout) throw new Error('it has no output')
    for await (const port of createInterface(child.stdout)) {
      return { url: `http://127.0.0.1:${port}/mcp`, switchboard: options }
    }
    throw new Error('it told no port')
  }

  async untilNoted(what: string): Promise<void> {
    const isNoted = () =>
      existsSync(this.#notes) && readFileSync(this.#notes, 'utf8').includes(JSON.stringify(what))
    await until(isNoted, `the server notes ${what}`)
  }

  get #notes(): string {
    return join(this.#directory, 'notes.jsonl')
  }
}
