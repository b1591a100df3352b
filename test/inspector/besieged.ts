import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { createSwitchboard, type Switchboard } from '../../src/index.ts'
import { createInspector, type Inspector } from '../../src/inspector/index.ts'
import { Visitor } from './live-page.ts'
import { ask, type RawAnswer } from './raw-request.ts'

const program = fileURLToPath(new URL('../faults/server.mjs', import.meta.url))

/** A page with all that one can have, in front of a real server; for the tests of one file. */
export class Besieged {
  readonly #directory = mkdtempSync(join(tmpdir(), 'switchboard-test-'))
  #parts: { switchboard: Switchboard; inspector: Inspector; visitor: Visitor } | undefined

  async open(): Promise<void> {
    const args = [program, '--directory', this.#directory, '--only', 'charge']
    const switchboard = createSwitchboard({ mcpServers: { bank: { command: process.execPath, args } } })
    switchboard.start()
    await switchboard.settled()
    const inspector = await createInspector(switchboard, { voice: {}, allowFaults: true, stately: true })
    await inspector.voiceSettled
    this.#parts = { switchboard, inspector, visitor: await Visitor.to(inspector.url) }
  }

  async close(): Promise<void> {
    await this.#parts?.inspector.close()
    await this.#parts?.switchboard.stop()
    rmSync(this.#directory, { recursive: true })
  }

  get url(): string {
    return this.#open.inspector.url
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  get token(): string {
    return new URL(this.url).searchParams.get('token') ?? ''
  }

  /** Who has the cookie. */
  get visitor(): Visitor {
    return this.#open.visitor
  }

  /** What a request of the page itself has. */
  get headers(): Record<string, string> {
    const host = `127.0.0.1:${this.port}`
    return { host, origin: `http://${host}`, cookie: this.visitor.cookie }
  }

  get(path: string, headers = this.headers): Promise<RawAnswer> {
    return ask(this.port, { method: 'GET', path, headers })
  }

  post(path: string, body: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    const all = { ...this.headers, 'content-type': 'application/json', ...headers }
    return ask(this.port, { method: 'POST', path, headers: all, body })
  }

  /** The server was neither called nor harmed. */
  expectNothingDone(): void {
    expect(this.#open.switchboard.servers).toMatchObject([{ name: 'bank', state: 'ready', generation: 1 }])
    expect(existsSync(join(this.#directory, 'ledger.jsonl'))).toBe(false)
  }

  get #open() {
    if (!this.#parts) throw new Error('it is not open')
    return this.#parts
  }
}
