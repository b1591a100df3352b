import { describe, expect, test } from 'vitest'
import { unusedPort } from '../support/listen.ts'
import { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { configurationOf, someLiveKit, startWorker } from './worker-on-stand-in.ts'
import { WorkerProcess } from './worker-process.ts'

describe('the health of a worker', () => {
  test('tells why it is not ready, until a slow server has come; and that it is alive all the time', async () => {
    const standIn = await LiveKitStandIn.start()
    const slow = new TestServer('--hang-until', 'awake')
    const worker = await startWorker(standIn, { slow: slow.stdio() })
    // The process is prepared although its server hangs.
    const waiting = await until(async () => {
      const health = await worker.health('/readyz')
      return JSON.stringify(health).includes('No MCP server is ready.') && health
    }, 'the process is prepared')
    expect(waiting).toEqual({
      status: 503,
      body: {
        ...{ ready: false, reasons: ['No MCP server is ready.'] },
        livekit: { connected: true, workerId: 'stand-in-worker-1' },
        ...{ calls: 0, servers: [{ name: 'slow', state: 'connecting', functions: 0 }] },
      },
    })
    expect(await worker.health('/livez')).toEqual({ status: 200, body: { alive: true } })

    slow.release('awake')
    await worker.untilReady()
    expect(await worker.health('/readyz')).toEqual({
      status: 200,
      body: {
        ...{ ready: true, reasons: [], calls: 0 },
        livekit: { connected: true, workerId: 'stand-in-worker-1' },
        servers: [{ name: 'slow', state: 'ready', functions: expect.any(Number) }],
      },
    })
    expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  })

  test('follows the line to LiveKit', async () => {
    const standIn = await LiveKitStandIn.start()
    const worker = await startWorker(standIn, { bank: new TestServer().stdio() })
    await worker.untilReady()
    standIn.cut()
    await until(async () => {
      const { status, body } = await worker.health('/readyz')
      return status === 503 && JSON.stringify(body).includes('The worker is not connected to LiveKit.')
    }, 'the lost line is told')
    await standIn.untilRegistered(1)
    await worker.untilReady()
    expect(await worker.health('/readyz')).toMatchObject({
      status: 200,
      body: { livekit: { connected: true, workerId: 'stand-in-worker-2' } },
    })
    expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  })

  test('is not good where nobody answers at LIVEKIT_URL, and the worker ends in time all the same', async () => {
    const env = { ...someLiveKit, LIVEKIT_URL: `ws://127.0.0.1:${await unusedPort()}` }
    const configFile = await configurationOf({ bank: new TestServer().stdio() })
    const worker = new WorkerProcess(['--config', configFile], env)
    await until(
      () => worker.log.some(({ msg }) => msg.startsWith('failed to connect to LiveKit server')),
      'it tries in vain',
      60_000,
    )
    const { status, body } = await worker.health('/readyz')
    expect([status, JSON.stringify(body)]).toEqual([
      503,
      expect.stringContaining('The worker is not connected to LiveKit.'),
    ])
    expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  })
})

test('the log of a worker is JSON on standard error, without secrets and hidden characters', async () => {
  const standIn = await LiveKitStandIn.start({ rooms: 'refused' })
  const talkative = new TestServer('--exit-with', 'no: stand-in-canary-in-env \u202e\u0007')
  const worker = await startWorker(
    standIn,
    { talkative: talkative.stdio({}, { TOKEN: 'stand-in-canary-in-env' }), bank: new TestServer().stdio() },
    { env: { LOG_LEVEL: 'trace', OPENAI_API_KEY: 'stand-in-canary-of-openai' } },
  )
  await worker.untilReady()
  await standIn.offer('job-1')
  await until(() => standIn.roomRequests > 0, 'the job process asks for its room')
  await worker.endWith('SIGTERM')
  const { stdout, stderr } = await worker.finished
  expect(stdout).toBe('')
  expect(worker.log.filter(({ msg }) => msg === 'server reconnecting')[0]).toMatchObject({
    ...{ level: 'warn', server: 'talkative', state: 'reconnecting' },
    reason: expect.stringContaining('no: [hidden]'),
  })
  expect(stderr).not.toContain('canary')
  expect(stderr).not.toContain('\u202e')
})
