import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { temporaryFolder } from '../cli/support.ts'
import { startWorker } from '../cli/worker-on-stand-in.ts'
import { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

const lineSchema = z.object({
  pid: z.number(),
  name: z.string(),
  attributes: z.record(z.string(), z.unknown()),
})

test("what a worker's job processes do is measured by the SDK that is registered in each", async () => {
  const file = join(await temporaryFolder(), 'metrics.jsonl')
  const instrumentation = new URL('metrics-to-file.mjs', import.meta.url).href
  const worker = await startWorker(
    await LiveKitStandIn.start(),
    { bank: new TestServer('--only', 'look').stdio() },
    { env: { NODE_OPTIONS: `--import ${instrumentation}`, METRICS_FILE: file } },
  )
  const ready = await until(
    () => {
      if (!existsSync(file)) return undefined
      const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1)
      const lines = whole.map((line) => lineSchema.parse(JSON.parse(line)))
      return lines.find(({ attributes }) => attributes['mcp_switchboard.server.state'] === 'ready')
    },
    'a job process tells of its server',
    30_000,
  )
  expect(ready).toEqual({
    pid: expect.any(Number),
    name: 'mcp_switchboard.servers',
    attributes: { 'mcp_switchboard.server': 'bank', 'mcp_switchboard.server.state': 'ready' },
  })
  expect(ready.pid).not.toBe(worker.pid)
  expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
})
