import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** `switchboard registry` on a PostgreSQL server. */
export class RegistryProcess {
  readonly #environment: NodeJS.ProcessEnv
  #child: ChildProcess | undefined

  constructor(
    databaseUrl: string,
    readonly port: number,
    readonly allowHost: string,
  ) {
    this.#environment = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      SWITCHBOARD_REGISTRY_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    }
    onTestFinished(() => this.kill())
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.#child = this.#spawn('--port', String(this.port), '--allow-host', this.allowHost, '--json')
    await firstLine(this.#child)
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async newKey(): Promise<string> {
    const line = await firstLine(this.#spawn('--json', 'key', 'add', 'agents', '--role', 'agent'))
    return z.object({ key: z.string() }).parse(JSON.parse(line)).key
  }

  /** Whether it was confirmed. */
  async addServer(name: string, url = 'https://mcp.example.com', headers = {}): Promise<boolean> {
    const response = await fetch(`${this.url}/api/mcp/servers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, url, headers }),
      signal: AbortSignal.timeout(15_000),
    }).catch(() => undefined)
    return response?.status === 201
  }

  async names(): Promise<string[]> {
    const response = await fetch(`${this.url}/api/mcp/servers?limit=100`)
    const page = z.object({ servers: z.array(z.object({ name: z.string() })) }).parse(await response.json())
    return page.servers.map(({ name }) => name)
  }

  #spawn(...args: string[]): ChildProcess {
    const env = this.#environment
    return spawn(process.execPath, [program, 'registry', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('no standard output')
  const [line] = await once(createInterface(stdout), 'line')
  return String(line)
}
