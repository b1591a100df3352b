import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { settingsToEnvironment } from '../../src/cli/worker/settings.ts'
import { startRehearsal } from '../../src/rehearsal/index.ts'
import { temporaryFolder } from './support.ts'

const program = fileURLToPath(new URL('fixtures/one-job.mjs', import.meta.url))
const preload = new URL('../../dist/cli/worker/preload.js', import.meta.url).href
const webServer = fileURLToPath(new URL('../../dist/examples/servers/web.js', import.meta.url))

/** A job as `switchboard worker` has it, with a real server and the rehearsal, and without a room. */
async function holdJob(audit: string, said: string) {
  const folder = await temporaryFolder()
  const configFile = join(folder, 'mcp.json')
  const web = { command: process.execPath, args: [webServer], env: { KEY: 'supervised actors' } }
  await writeFile(configFile, JSON.stringify({ mcpServers: { web } }))
  const rehearsal = await startRehearsal()
  onTestFinished(() => rehearsal.close())
  const settings = settingsToEnvironment({
    ...{ servers: { configFile }, audit: audit === '-' ? audit : join(folder, audit), auditArguments: true },
    ...{ timeline: 'calls', logLevel: 'info', realtime: { provider: 'rehearsal', baseURL: rehearsal.url } },
  })
  const child = spawn(process.execPath, ['--import', preload, program, said], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  await once(child, 'close')
  return { code: child.exitCode, folder, ...output }
}

const entry = {
  ...{ type: 'call', conversationId: 'job-1', callId: expect.any(String), function: 'search_web' },
  ...{ server: 'web', code: 'ok', effect: 'done' },
  attempts: [{ server: 'web', generation: 1, code: 'ok' }],
  ...{ startedAt: expect.any(Number), sentAt: expect.any(Number), endedAt: expect.any(Number) },
  // What the configuration hides is hidden here as well.
  arguments: { query: '[hidden]' },
}

test('a job of the worker writes the audit line of its call to the file, and its log to standard error', async () => {
  const { code, folder, stdout, stderr } = await holdJob(
    'audit.jsonl',
    'search the web for supervised actors',
  )
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(JSON.parse(await readFile(join(folder, 'audit.jsonl'), 'utf8'))).toEqual(entry)
  const log = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg)
  expect(log).toEqual(
    expect.arrayContaining(['a library says something', 'server ready', 'call answered', 'server closed']),
  )
  expect(stderr).not.toContain('supervised')
})

test('an audit on standard output has it for itself', async () => {
  const { code, stdout } = await holdJob('-', 'search the web for supervised actors')
  expect([
    code,
    ...stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ]).toEqual([0, entry])
})
