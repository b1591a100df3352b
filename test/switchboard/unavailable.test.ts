import { expect, test } from 'vitest'
import { unusedPort } from '../support/listen.ts'
import { open, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, killServer, transports } from '../support/transports.ts'

const impatient = { patienceMs: 300, minBackOffMs: 60_000, maxBackOffMs: 60_000 }

test('a server that exits at once is unavailable, with its exit code and its last words', async () => {
  const server = new TestServer('--exit-with', 'the database is locked')
  const opened = open({ bank: server.stdio() }, impatient)
  await opened.untilAway('bank')

  const outcome = await opened.switchboard.call('charge', { amount: 1 })

  const reason = 'its process ended (exit code 7); it wrote: the database is locked'
  expect(opened.server('bank').lastError).toBe(reason)
  expect(outcome).toEqual({
    ok: false,
    callId: expect.any(String),
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: expect.stringMatching(
        /^charge is not known yet: bank is reconnecting since \d seconds?, and has not listed its tools\. Nothing was done\.$/,
      ),
      cause: reason,
      retryAfterMs: expect.any(Number),
    },
    attempts: [],
    durationMs: expect.any(Number),
  })
  expect(server.ledger).toEqual([])
})

test('what a dead server wrote to stderr is told without control characters, its last whole lines', async () => {
  const server = new TestServer('--exit-with', `\u001b[31mError\u001b[0m: locked\u0007\n  at open\u202e`)
  const opened = open({ bank: server.stdio() }, impatient)
  await opened.untilAway('bank')

  expect(opened.server('bank')).toMatchObject({
    lastError: 'its process ended (exit code 7); it wrote: Error: locked',
    stderr: 'Error: locked\n  at open',
  })
})

test('of megabytes on stderr the last 2,000 characters are told', async () => {
  const flood =
    "process.stderr.write('x'.repeat(3e6) + '\\n' + 'line\\n'.repeat(1e5) + 'end', () => process.exit(1))"
  const opened = open({ flood: { command: process.execPath, args: ['-e', flood] } }, impatient)
  await opened.untilAway('flood')

  expect(opened.server('flood').stderr).toBe(`${'line\n'.repeat(399)}end`)
})

test.each(transports)(
  'a server over %s that went down is unavailable, its ledger empty',
  async (transport) => {
    const server = new TestServer('--dies-again')
    const entry = await entryOf(server, transport)
    const opened = await openReady({ bank: entry }, { ...impatient, heartbeatMs: 100 })
    await killServer(server)
    await opened.untilAway('bank')

    expect(await opened.switchboard.call('charge', { amount: 1 })).toEqual({
      ok: false,
      callId: expect.any(String),
      error: {
        code: 'server_unavailable',
        effect: 'none',
        message: expect.stringMatching(
          /^charge is not available: bank is reconnecting since \d+ seconds?\. Nothing was done\.$/,
        ),
        cause: opened.server('bank').lastError,
        retryAfterMs: expect.any(Number),
      },
      attempts: [],
      durationMs: expect.any(Number),
    })
    expect(opened.switchboard.functions.find(({ name }) => name === 'charge')).toMatchObject({
      servers: ['bank'],
      callable: false,
    })
    expect(server.ledger).toEqual([])
  },
)

test('a port on which nobody listens is unavailable', async () => {
  const url = `http://127.0.0.1:${await unusedPort()}/mcp`
  const opened = open({ nobody: { url } }, impatient)

  expect(await opened.switchboard.call('anything', {})).toMatchObject({
    ok: false,
    error: { code: 'server_unavailable', effect: 'none', cause: 'it cannot be reached (ECONNREFUSED)' },
    attempts: [],
  })
  expect(opened.server('nobody').state).toBe('reconnecting')
})

test('an unknown function waits for the server that hangs, then names it', async () => {
  const good = new TestServer()
  const hung = new TestServer('--hang-initialize')
  const opened = open({ good: good.stdio(), hung: hung.stdio() }, impatient)
  await opened.untilReady('good')

  const outcome = await opened.switchboard.call('fly', {})

  expect(outcome).toEqual({
    ok: false,
    callId: expect.any(String),
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: expect.stringMatching(
        /^fly is not known yet: hung is connecting since \d seconds?, and has not listed its tools\. Nothing was done\.$/,
      ),
      cause: 'connecting',
    },
    attempts: [],
    durationMs: expect.any(Number),
  })
  expect(outcome.durationMs).toBeGreaterThanOrEqual(impatient.patienceMs)
})

test('an unknown function does not wait for a server that cannot come, and names it', async () => {
  const opened = open(
    { good: new TestServer('--only', 'token').stdio(), missing: { command: 'switchboard-no-such-command' } },
    { patienceMs: 20_000, callTimeoutMs: 20_000 },
  )
  await opened.switchboard.settled()

  const outcome = await opened.switchboard.call('fly', {})

  expect(outcome).toMatchObject({
    ok: false,
    error: {
      code: 'server_failed',
      effect: 'none',
      message: 'fly is not known, and missing cannot work. Nothing was done.',
    },
  })
  expect(outcome.durationMs).toBeLessThan(10_000)
})

test('a function whose server appears within patience is called', async () => {
  const server = new TestServer('--hang-until', 'go')
  const opened = open({ bank: server.stdio() }, { patienceMs: 20_000 })
  const call = opened.switchboard.call('charge', { amount: 1 })
  await server.untilNoted('hangs')
  server.release('go')

  expect(await call).toMatchObject({ ok: true, server: 'bank' })
})

test('a call while the server is on its way back waits, and succeeds', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { patienceMs: 20_000, minBackOffMs: 200 })
  await killServer(server)
  await opened.untilState('bank', 'reconnecting')

  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({
    ok: true,
    attempts: [{ server: 'bank', generation: 2, code: 'ok' }],
  })
})

test('the deadline passes before anybody could be asked', async () => {
  const server = new TestServer('--hang-initialize')
  const opened = open({ bank: server.stdio() })

  expect(await opened.switchboard.call('charge', { amount: 1 }, { timeoutMs: 100 })).toMatchObject({
    ok: false,
    error: { code: 'server_unavailable', effect: 'none' },
  })
})

test('a switchboard that was not started says so', async () => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() })
  await switchboard.stop()

  expect(await switchboard.call('charge', { amount: 1 })).toEqual({
    ok: false,
    callId: expect.any(String),
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: 'The switchboard is not running; call start() first. Nothing was done.',
    },
    attempts: [],
    durationMs: 0,
  })
})
