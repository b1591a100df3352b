import { setImmediate as check } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { library } from '../reads/library.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'

/** As a program does that works on something else. */
function standStill(forMs: number): void {
  const until = performance.now() + forMs
  while (performance.now() < until);
}

/** How long after the deadline the program goes on. */
const pastDeadlinesMs = [50, 600]

const stalls = transports.flatMap((over) => pastDeadlinesMs.map((pastMs) => ({ over, pastMs })))

test.each(stalls)(
  'over $over, an answer that came while the program stood still is read, $pastMs ms after the deadline',
  async ({ over, pastMs }) => {
    const server = new TestServer()
    const { switchboard } = await openReady({ bank: await entryOf(server, over) })
    const timeoutMs = 1_000
    const goesOnAt = performance.now() + timeoutMs + pastMs
    const call = switchboard.call('block', { blockMs: 0, thenMs: 200 }, { timeoutMs })
    await server.untilStarted('block')

    // From here on Node comes to its timers before it reads.
    await check()
    standStill(goesOnAt - performance.now())

    expect(await call).toMatchObject({ ok: true, text: 'through' })
  },
)

test('a read whose answer came while the program stood still has it', async () => {
  const opened = await openReady({ library: library({ era: 'legacy' }) })
  const index = { method: 'resources/read', uri: 'book://index' } as const
  const read = opened.switchboard.read('library', index, { timeoutMs: 500 })
  await check()
  standStill(1_000)

  expect(await read).toMatchObject({ ok: true })
})

test.each(transports)('over %s, a program that stands still blames no server', async (over) => {
  const opened = await openReady(
    { bank: await entryOf(new TestServer(), over) },
    { heartbeatMs: 10, heartbeatTimeoutMs: 100 },
  )
  for (let times = 0; times < 10; times++) {
    standStill(300)
    expect(await opened.switchboard.call('look', {})).toMatchObject({ ok: true })
  }
  const states = opened.events.flatMap((event) => (event.type === 'server.changed' ? event.server.state : []))
  expect(states).not.toContain('degraded')
  expect(opened.server('bank')).toMatchObject({ state: 'ready', generation: 1 })
})
