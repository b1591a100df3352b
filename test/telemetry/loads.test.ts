import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { TestServer } from '../support/test-server.ts'

const program = fileURLToPath(new URL('../eras/loads.mjs', import.meta.url))
const printed = z.object({ outcomes: z.array(z.boolean()), packages: z.array(z.string()) })

/** Of OpenTelemetry, what a program loads that calls a tool. */
async function loadedBy(...options: string[]): Promise<string[]> {
  const server = new TestServer('--only', 'look')
  const servers = JSON.stringify({ bank: { entry: server.stdio(), tool: 'look', arguments: {} } })
  const { stdout } = await promisify(execFile)(process.execPath, [program, servers, ...options])
  const { outcomes, packages } = printed.parse(JSON.parse(stdout))
  expect(outcomes).toEqual([true])
  return packages.filter((name) => name.startsWith('@opentelemetry/'))
}

test('a program without the option loads nothing of OpenTelemetry, and one with it the API alone', async () => {
  expect(await Promise.all([loadedBy(), loadedBy('--telemetry')])).toEqual([[], ['@opentelemetry/api']])
})
