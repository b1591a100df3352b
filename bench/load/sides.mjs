/** The two sides of a comparison at one echo server: an SDK's client as it comes, and a conversation of a switchboard. */
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
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createSwitchboard } from '../../dist/index.js'

export const eras = ['2025-11-25', '2026-07-28']
export const transports = ['stdio', 'HTTP']

const program = fileURLToPath(new URL('echo-server.mjs', import.meta.url))
const identity = { name: 'bench', version: '1' }

/**
 * The entry of a new echo server, as `mcpServers` has it. `close` ends one over HTTP, which `pid` is of; over stdio its
 * client starts and ends it. `prefix`: a command that runs another, such as `taskset`.
 */
export async function echoEntry(era, over, { tools = 1, port = 0, prefix = [] } = {}) {
  const [command, ...args] = [...prefix, process.execPath, program, '--era', era, '--tools', String(tools)]
  if (over === 'stdio') return { entry: { command, args }, close: () => {} }
  const server = spawn(command, [...args, '--http', '--port', String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = await once(server.stdout, 'data')
  const url = `http://127.0.0.1:${Number(line)}/mcp`
  return { entry: { url }, pid: server.pid, port: Number(line), close: () => server.stdin.end() }
}

/** A connected client that has listed the tools. */
export async function rawClient(era, entry) {
  const isModern = era === '2026-07-28'
  const client = isModern
    ? new ModernClient(identity, { versionNegotiation: { mode: { pin: era } } })
    : new Client(identity)
  await client.connect(isModern ? modernTransport(entry) : legacyTransport(entry))
  await client.listTools()
  return client
}

function legacyTransport(entry) {
  return entry.url
    ? new StreamableHTTPClientTransport(new URL(entry.url))
    : new StdioClientTransport({ ...entry, stderr: 'ignore' })
}

function modernTransport(entry) {
  return entry.url ? new ModernHttp(new URL(entry.url)) : new ModernStdio({ ...entry, stderr: 'ignore' })
}

/**
 * `work` gets the two sides: each a function that makes one call, of one of the callers, and resolves when it is answered. An
 * SDK's client is for all callers; each has a conversation, as each voice call has.
 */
export async function withSides(era, over, work, callers = 1) {
  const { entry, close } = await echoEntry(era, over)
  const client = await rawClient(era, entry)
  const switchboard = createSwitchboard({ mcpServers: { one: entry } })
  switchboard.start()
  await switchboard.settled()
  expectEra(switchboard, era)
  const conversations = Array.from({ length: callers }, () => switchboard.conversation())
  try {
    return await work({
      raw: async (args) => {
        const { isError } = await client.callTool({ name: 'echo', arguments: args })
        if (isError) throw new Error('the SDK got an error of the tool')
      },
      ours: async (args, caller = 0) => expectOk(await conversations[caller].call('echo', args)),
    })
  } finally {
    await Promise.all(conversations.map((conversation) => conversation.end()))
    await switchboard.stop()
    await client.close()
    close()
  }
}

export function expectEra(switchboard, era) {
  for (const { name, state, peer, lastError } of switchboard.servers) {
    if (state !== 'ready') throw new Error(`${name} is ${state}: ${lastError}`)
    if (peer.protocolVersion !== era) throw new Error(`${name} speaks ${peer.protocolVersion}, not ${era}`)
  }
}

export function expectOk(outcome) {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome))
  return outcome
}
