/** The same call through the switchboard and through an SDK alone, one after the other in one run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernHttp,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as ModernStdio } from '@modelcontextprotocol/client/stdio'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { median, timed, withSwitchboard } from './support.mjs'

const calls = 300
/** Until everything is compiled. */
const warmUpCalls = 100
const maxRatio = 1.25
/** What a quick tool takes; one that does nothing tells what the switchboard adds. */
const quickMs = 5
const v2 = fileURLToPath(new URL('../test/support/v2-server.mjs', import.meta.url))
const identity = { name: 'bench', version: '1' }

/** `everything`: the entry of the reference server over stdio, which speaks MCP 2025-11-25. */
export async function latencyRows(everything) {
  const first = new Client(identity)
  await first.connect(new StdioClientTransport({ ...everything, stderr: 'ignore' }))
  const older = await sideBySide(first, everything)

  const modern = { command: process.execPath, args: [v2, '--modern'] }
  const server = spawn(process.execPath, [v2, '--modern', '--http'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = await once(server.stdout, 'data')
  const url = `http://127.0.0.1:${Number(port)}/mcp`
  const rows = [
    row('a call through the SDK alone', older.raw),
    row('… through the switchboard', older.ours),
    ...(await modernRows('stdio', () => new ModernStdio(modern), modern)),
    ...(await modernRows('HTTP', () => new ModernHttp(new URL(url)), { url })),
  ]
  server.stdin.end()
  return rows
}

async function modernRows(over, transport, entry) {
  const name = `a call of 2026-07-28 over ${over}`
  const idle = await sideBySide(await modernClient(transport()), entry)
  const quick = await sideBySide(await modernClient(transport()), entry, { takesMs: quickMs })
  const [idleRatio, ratio] = [idle, quick].map(({ raw, ours }) => median(ours) / median(raw))
  return [
    row(`${name}, SDK alone`, idle.raw),
    row('… through the switchboard', idle.ours),
    row('… as a ratio', [idleRatio], '×'),
    row(`${name}, ${quickMs} ms, SDK alone`, quick.raw),
    row('… through the switchboard', quick.ours),
    { ...row('… as a ratio', [ratio], '×'), bound: `≤ ${maxRatio}`, ok: ratio <= maxRatio },
  ]
}

async function modernClient(transport) {
  const client = new ModernClient(identity, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(transport)
  return client
}

async function sideBySide(client, entry, more = {}) {
  const args = { message: 'hello', ...more }
  const raw = []
  const ours = []
  await withSwitchboard({ one: entry }, async (switchboard) => {
    const conversation = switchboard.conversation()
    const alone = () => client.callTool({ name: 'echo', arguments: args })
    const through = () => conversation.call('echo', args)
    for (let n = -warmUpCalls; n < calls; n++) {
      const [aloneMs, throughMs] = [await timed(alone), await timed(through)]
      if (n < 0) continue
      raw.push(aloneMs)
      ours.push(throughMs)
    }
  })
  await client.close()
  return { raw, ours }
}

function row(name, times, unit = 'ms') {
  return { name, bound: '', p50: median(times), worst: Math.max(...times), unit, ok: true }
}
