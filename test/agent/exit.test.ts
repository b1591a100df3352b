import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { RealtimeEndpoint } from './realtime-endpoint.ts'

const run = promisify(execFile)

test('a program ends by itself after its session is closed', async () => {
  const endpoint = await RealtimeEndpoint.start()
  const program = fileURLToPath(new URL('./fixtures/hang-up.mjs', import.meta.url))
  const { stdout } = await run(process.execPath, [program, endpoint.url], { timeout: 30_000 })
  expect(stdout).toBe('closed\n')
  expect(endpoint.headers).toHaveLength(1)
  expect(endpoint.connections).toBe(0)
  await endpoint.close()
})
