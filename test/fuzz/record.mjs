/**
 * Writes `corpus.jsonl`: what the test server says when nothing is wrong with it, one message a line.
 * Run it again when the messages change: `node test/fuzz/record.mjs`
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const fileAt = (path) => fileURLToPath(new URL(path, import.meta.url))

const call = (name, args = {}) => ({
  method: 'tools/call',
  params: { name, arguments: args, _meta: { progressToken: 1, 'switchboard/callId': 'recorded' } },
})

const requests = [
  {
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'recorder', version: '1.0.0' },
    },
  },
  { method: 'ping' },
  { method: 'tools/list' },
  { method: 'tools/list', params: { cursor: '10' } },
  call('charge', { amount: 1 }),
  call('look'),
  call('token'),
  call('sum', { answer: 'right' }),
  call('fail'),
  call('progress', { steps: 2, everyMs: 1 }),
  call('change', { where: 'answer' }),
]

const directory = mkdtempSync(join(tmpdir(), 'switchboard-record-'))
const server = spawn(process.execPath, [fileAt('../faults/server.mjs'), '--directory', directory], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const lines = []
let answered = 0
const ask = () => {
  const request = requests[answered]
  if (request) server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: answered, ...request })}\n`)
  else server.stdin.end()
}
createInterface(server.stdout).on('line', (line) => {
  lines.push(line)
  if (!('id' in JSON.parse(line))) return
  answered += 1
  ask()
})
server.on('close', () => {
  writeFileSync(fileAt('corpus.jsonl'), `${lines.join('\n')}\n`)
  rmSync(directory, { recursive: true })
})
ask()
