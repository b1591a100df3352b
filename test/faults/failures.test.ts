import { describe, expect, test } from 'vitest'
import type { JsonObject, Outcome, ServerState } from '../../src/index.ts'
import { type Opened, open } from '../support/opened.ts'
import type { Transport } from '../support/transports.ts'
import { restFaults } from './at-rest.ts'
import { startFaults } from './at-start.ts'
import { callFaults, type Told } from './during-call.ts'
import { FailuresPage } from './failures-page.ts'
import { Subject } from './subject.ts'

const never = 600_000

/** The times that may end a call; no other one comes before the test gives up. */
const times: Record<Told, JsonObject> = {
  'at once': { callTimeoutMs: never, unresponsiveAfterMs: never },
  silence: { callTimeoutMs: 1_200, unresponsiveAfterMs: 300 },
  deadline: { callTimeoutMs: 700, unresponsiveAfterMs: never },
}

const heartbeats = { heartbeatMs: 100, heartbeatDuringCallsMs: 50, heartbeatTimeoutMs: 100 }
const noHeartbeats = { heartbeatMs: never, heartbeatDuringCallsMs: never }

const page = new FailuresPage()

describe('during a call', () => {
  test.each(overEach(callFaults))('%s, over %s', async (_, over, fault, position) => {
    const { tool = { name: 'charge', arguments: { amount: 1 } }, told, ran } = fault
    const states = typeof fault.states === 'function' ? fault.states(over) : fault.states
    const subject = new Subject(over, [...(fault.flags ?? []), '--only', tool.name])
    const pings = states.includes('degraded') ? heartbeats : noHeartbeats
    const opened = open({ it: await subject.entry() }, { ...pings, ...times[told], patienceMs: never })
    await opened.untilReady('it')
    subject.server.order(...fault.orders(over))

    await fault.strike?.(subject)

    const { onQuestion } = fault
    const caller = onQuestion ? { onQuestion: () => onQuestion(subject) } : {}
    const outcome = await opened.switchboard.call(tool.name, tool.arguments, caller)

    const codes = [...(fault.earlier ?? []), fault.ends.split(', ')[0]]
    expect(summaryOf(outcome)).toEqual({
      ends: fault.ends,
      server: 'it',
      attempts: codes.map((code, index) => ({ server: 'it', generation: index + 1, code })),
    })
    expect(subject.server.runs(tool.name).started).toBe(ran)
    if (!outcome.ok && outcome.error.effect === 'none') expect(ran).toBe(0)
    if (told === 'silence') {
      expect(outcome.durationMs).toBeGreaterThanOrEqual(300)
      expect(outcome.durationMs).toBeLessThan(1_200)
    }
    if (told === 'deadline') expect(outcome.durationMs).toBeGreaterThanOrEqual(700)

    await untilLifted(opened, subject, states, fault.lifted)
    expect(opened.statesOf('it')).toEqual(['connecting', ...states])
    const again = await opened.switchboard.call(tool.name, tool.arguments)
    if (tool.name === 'charge') expect(again.ok).toBe(true)
    expect(subject.server.runs(tool.name).started).toBe(ran + 1)
    page.add('During a call', { ...fault, position, over, states })
  })
})

describe('while nobody calls', () => {
  test.each(overEach(restFaults))('%s, over %s', async (_, over, fault, position) => {
    const { states } = fault
    const subject = new Subject(over, [...(fault.flags ?? []), '--only', 'charge'])
    const opened = open({ it: await subject.entry() }, heartbeats)
    await opened.untilReady('it')
    subject.server.order(...(fault.orders ?? []))
    await fault.strike?.(subject)

    await untilLifted(opened, subject, states, fault.lifted)
    const seen = opened.statesOf('it')
    expect(fault.flaps ? seen.slice(0, states.length + 1) : seen).toEqual(['connecting', ...states])
    expect((await opened.switchboard.call('charge', { amount: 1 })).ok).toBe(true)
    expect(subject.server.runs('charge').started).toBe(1)
    page.add('While nobody calls', { ...fault, position, over, ran: 0 })
  })
})

describe('from the start', () => {
  test.each(overEach(startFaults))('%s, over %s', async (_, over, fault, position) => {
    const { states, ends } = fault
    const subject = new Subject(over, [...(fault.flags ?? []), '--only', 'charge'])
    subject.server.order(...(fault.orders ?? []))
    const good = await subject.entry()
    const entry = fault.entry?.(good, subject.server.directory) ?? good
    await fault.before?.(subject)
    const { connectTimeoutMs = 20_000 } = fault
    const opened = open({ it: entry }, { ...noHeartbeats, connectTimeoutMs, patienceMs: 200 })
    const isForGood = states[1] !== 'reconnecting'
    if (isForGood) await opened.until(`${states[1]}`, () => hasSeen(opened, states.slice(0, 2)))

    const outcome = await opened.switchboard.call('charge', { amount: 1 })

    const isOk = ends === 'ok'
    expect(summaryOf(outcome)).toEqual({
      ends,
      server: isOk ? 'it' : undefined,
      attempts: isOk ? [{ server: 'it', generation: 1, code: 'ok' }] : [],
    })
    expect(subject.server.runs('charge').started).toBe(isOk ? 1 : 0)
    expect(opened.server('it').rejected).toHaveLength(fault.rejected ?? 0)

    await opened.until(`${states[1]}`, () => hasSeen(opened, states.slice(0, 2)))
    fault.mend?.(subject.server.directory)
    await untilLifted(opened, subject, states.slice(1), fault.lifted)
    expect(opened.statesOf('it')).toEqual(states)
    expect((await opened.switchboard.call('charge', { amount: 1 })).ok).toBe(true)
    page.add('From the start', { ...fault, position, over, ran: 0 })
  })
})

test('docs/failures.md says what these tests saw', async () => {
  const all = overEach(callFaults).length + overEach(restFaults).length + overEach(startFaults).length
  if (page.length < all) return console.log('skipped: only some of the faults ran')
  await expect(page.markdown()).toMatchFileSnapshot('../../docs/failures.md')
})

function overEach<Fault extends { fault: string; over: readonly Transport[] }>(faults: readonly Fault[]) {
  return faults.flatMap((fault, position) =>
    fault.over.map((over) => [fault.fault, over, fault, position] as const),
  )
}

function summaryOf(outcome: Outcome) {
  const { server, attempts } = outcome
  const ends = outcome.ok ? 'ok' : `${outcome.error.code}, ${outcome.error.effect}`
  return { ends, server, attempts }
}

/** The server has gone as far as it can with the fault; then without it until it is ready again. */
async function untilLifted(
  opened: Opened,
  subject: Subject,
  states: readonly ServerState[],
  lifted: 'restart' | undefined,
): Promise<void> {
  const meanwhile = states.slice(0, lifted === 'restart' ? -2 : -1)
  await opened.until(meanwhile.join(' → '), () => hasSeen(opened, meanwhile))
  await subject.lift()
  if (lifted === 'restart') await opened.switchboard.restart('it')
  await opened.until(
    states.join(' → '),
    () => hasSeen(opened, states) && opened.server('it').state === 'ready',
  )
}

/** In this order, the first state of all aside. */
function hasSeen(opened: Opened, states: readonly ServerState[]): boolean {
  const all = opened.statesOf('it')
  const seen = states[0] === 'connecting' ? all : all.slice(1)
  return states.every((state, position) => seen[position] === state)
}
