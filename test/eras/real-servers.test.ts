import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import { run } from '../cli/support.ts'
import { unusedPort } from '../support/listen.ts'
import { openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'

const { resolve } = createRequire(import.meta.url)
const everything = resolve('@modelcontextprotocol/server-everything/dist/index.js')
const filesystem = resolve('@modelcontextprotocol/server-filesystem/dist/index.js')
const memory = resolve('@modelcontextprotocol/server-memory/dist/index.js')
const v2 = fileURLToPath(new URL('../support/v2-server.mjs', import.meta.url))

/** Resolves with what it has written, once that matches. */
async function start(args: string[], saysReady: RegExp, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  await until(() => saysReady.test(said), `${args.join(' ')} listens`)
  return said
}

async function reference(transport: 'sse' | 'streamableHttp'): Promise<JsonObject> {
  const port = await unusedPort()
  await start([everything, transport], /port/i, { PORT: String(port) })
  return { url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}` }
}

async function v2OverHttp(...flags: string[]): Promise<JsonObject> {
  const port = Number(await start([v2, '--http', ...flags], /\n/))
  return { url: `http://127.0.0.1:${port}/mcp` }
}

const stdio = (...args: string[]): JsonObject => ({ command: process.execPath, args })

const diagnosis = z.object({
  servers: z.array(
    z.object({
      name: z.string(),
      verdict: z.string(),
      peer: z.object({ protocolVersion: z.string() }).optional(),
    }),
  ),
})

test('servers from npm of every kind work side by side, with no option that names an era, and doctor says what each speaks', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-eras-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'note.txt'), 'Echo: hello')
  const [sse, http, v2Http, modernHttp] = await Promise.all([
    reference('sse'),
    reference('streamableHttp'),
    v2OverHttp(),
    v2OverHttp('--modern'),
  ])
  const mcpServers: Record<string, JsonObject> = {
    everything: stdio(everything, 'stdio'),
    ...{ sse, http },
    filesystem: stdio(filesystem, folder),
    memory: { ...stdio(memory), env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') } },
    v2: stdio(v2),
    v2Http,
    modern: stdio(v2, '--modern'),
    modernHttp,
  }
  const calls: Record<string, [tool: string, args: JsonObject]> = {
    filesystem: ['read_text_file', { path: join(folder, 'note.txt') }],
    memory: [
      'create_entities',
      { entities: [{ name: 'Echo: hello', entityType: 'note', observations: [] }] },
    ],
  }
  const speak = {
    ...{ everything: '2025-11-25', sse: '2025-11-25', http: '2025-11-25', filesystem: '2025-11-25' },
    ...{ memory: '2025-11-25', v2: '2025-11-25', v2Http: '2026-07-28', modern: '2026-07-28' },
    modernHttp: '2026-07-28',
  }

  const own = ([tool]: [string, JsonObject], name: string) => ({ tools: { [tool]: { as: `call_${name}` } } })
  const echo: [string, JsonObject] = ['echo', { message: 'hello' }]
  const { switchboard } = await openReady(
    Object.fromEntries(
      Object.entries(mcpServers).map(([name, entry]) => [
        name,
        { ...entry, switchboard: own(calls[name] ?? echo, name) },
      ]),
    ),
  )
  const told = Object.keys(mcpServers).map(async (name) => {
    const [, args] = calls[name] ?? echo
    const outcome = await switchboard.call(`call_${name}`, args)
    return [name, outcome.ok && outcome.text.includes('Echo: hello')]
  })
  expect(await Promise.all(told)).toEqual(Object.keys(mcpServers).map((name) => [name, true]))
  expect(
    Object.fromEntries(switchboard.servers.map(({ name, peer }) => [name, peer?.protocolVersion])),
  ).toEqual(speak)

  const file = join(folder, 'mcp.json')
  await writeFile(file, JSON.stringify({ mcpServers }))
  const { servers } = diagnosis.parse(JSON.parse((await run(['doctor', '--config', file, '--json'])).stdout))
  expect(servers).toEqual(
    Object.entries(speak).map(([name, protocolVersion]) => ({
      ...{ name, verdict: 'usable', peer: { protocolVersion } },
    })),
  )
})
