import { expect, onTestFinished, test } from 'vitest'
import type { Outcome, SwitchboardEvent } from '../../src/index.ts'
import { isOnTheWay } from '../../src/machines/directory.ts'
import { check } from '../history/checker.ts'
import type { HistoryEvent } from '../history/history.ts'
import { outcomeEvent } from '../history/outcome-event.ts'
import { type Opened, open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, type Transport, transports } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { heapBytes } from './heap.ts'
import { HostileServer } from './hostile-server.ts'

/** `FUZZ_SEEDS=200 npx vitest run test/fuzz` tries more; `FUZZ_FIRST_SEED=17 FUZZ_SEEDS=1` one again. */
const firstSeed = Number(process.env.FUZZ_FIRST_SEED ?? 1)
const seeds = Array.from({ length: Number(process.env.FUZZ_SEEDS ?? 2) }, (_, index) => firstSeed + index)
const cases = seeds.flatMap((seed) => transports.map((over): [Transport, number] => [over, seed]))

/** Half of them call whatever state the server is in; half wait until it can be called, and until enough went out. */
const robbersOfEachKind = 8
const callsOfEach = 4

const policy = {
  ...{ patienceMs: 200, callTimeoutMs: 250, maxCallMs: 500, unresponsiveAfterMs: 150 },
  ...{ heartbeatMs: 100, heartbeatDuringCallsMs: 50, heartbeatTimeoutMs: 2_000 },
  ...{ minBackOffMs: 5, maxBackOffMs: 20, closeGraceMs: 50 },
}
/** Long enough for another connection: a call that is sent again, and must not be, is seen. */
const patientMs = 1_000
/** For a machine that stands still now and then. */
const slackMs = 5_000
const goodOptions = { connectTimeoutMs: 20_000, callTimeoutMs: 20_000 }
const hostileOptions = { connectTimeoutMs: 1_500, include: ['charge'], tools: { charge: { as: 'rob' } } }
const maxGrowthBytes = 32 * 1024 * 1024

/** What nobody caught while the test ran. */
function collectUncaught(): unknown[] {
  const uncaught: unknown[] = []
  const collect = (error: unknown) => uncaught.push(error instanceof Error ? error.stack : error)
  process.on('unhandledRejection', collect)
  process.on('uncaughtException', collect)
  onTestFinished(() => {
    process.off('unhandledRejection', collect)
    process.off('uncaughtException', collect)
  })
  return uncaught
}

/** What callers were told. The answer of one that lies is its own affair. */
function toldIn(events: SwitchboardEvent[]): HistoryEvent[] {
  return events.flatMap((event): HistoryEvent[] => {
    if (event.type === 'call.started') {
      const { at, callId } = event
      return [{ type: 'call', at, callId, function: event.function, mayRepeat: false }]
    }
    if (event.type !== 'call.ended') return []
    const { at, callId, outcome } = event
    const told = outcomeEvent(at, callId, outcome)
    return [outcome.ok ? { ...told, answer: '' } : told]
  })
}

/** Ends of calls after which a server is of no use until somebody restarts it, as an operator would. */
const hopeless = new Set(['server_failed', 'unauthorized', 'unknown_function', 'invalid_arguments'])

async function rob(opened: Opened, timeoutMs: number): Promise<Outcome> {
  const { switchboard } = opened
  const outcome = await switchboard.call('rob', { amount: 1 }, { timeoutMs })
  if (outcome.ok || !hopeless.has(outcome.error.code)) return outcome
  if (opened.server('hostile').state !== 'connecting') await switchboard.restart('hostile')
  return outcome
}

test.each(cases)('over %s a server with the seed %i harms nobody but itself', async (over, seed) => {
  const uncaught = collectUncaught()
  const good = new TestServer()
  const hostile = new HostileServer('hostile', seed)
  const opened = open(
    {
      good: await entryOf(good, over, goodOptions),
      hostile: await hostile.entry(over, hostileOptions),
    },
    policy,
  )
  await opened.untilReady('good')
  const heapBefore = heapBytes()

  let robbers = 0
  const robAgainAndAgain = async (isPatient: boolean) => {
    robbers += 1
    const outcomes: Outcome[] = []
    const counted = () => outcomes.filter(({ attempts }) => !isPatient || attempts.length > 0).length
    while (counted() < callsOfEach) {
      if (isPatient)
        await opened.until('it answers or refuses', () => !isOnTheWay(opened.server('hostile').state))
      outcomes.push(await rob(opened, isPatient ? patientMs : policy.callTimeoutMs))
    }
    robbers -= 1
    return outcomes
  }
  const chargeMeanwhile = async () => {
    const outcomes: Outcome[] = []
    while (robbers > 0) outcomes.push(await opened.switchboard.call('charge', { amount: 1 }))
    return outcomes
  }
  const robbing = Array.from({ length: 2 * robbersOfEachKind }, (_, index) =>
    robAgainAndAgain(index % 2 === 0),
  )
  const [charged, ...robbed] = await Promise.all([chargeMeanwhile(), ...robbing])

  const wrong = charged.filter((outcome) => !outcome.ok || outcome.attempts[0]?.generation !== 1)
  expect(wrong).toEqual([])
  expect(good.runs('charge')).toEqual({ started: charged.length, finished: charged.length })
  expect(opened.statesOf('good')).toEqual(['connecting', 'ready'])
  const late = robbed.flat().filter(({ durationMs }) => durationMs > patientMs + slackMs)
  expect(late).toEqual([])

  hostile.lift()
  await until(
    async () => (await rob(opened, patientMs)).ok,
    'the hostile server answers, once it does everything right',
  )
  await opened.untilReady('hostile')
  expect(Reflect.get({}, 'polluted')).toBeUndefined()

  const told = toldIn(opened.events.filter((event) => !('function' in event) || event.function === 'rob'))
  opened.events.length = 0
  expect(heapBytes() - heapBefore).toBeLessThan(maxGrowthBytes)
  await opened.switchboard.stop()

  const { runs } = hostile
  expect(runs.length).toBeGreaterThan(robbersOfEachKind)
  expect(check([...told, ...runs])).toEqual([])
  expect(hostile.errors).toEqual([])
  expect(uncaught).toEqual([])
})
