import { describe, expect, test } from 'vitest'
import type { JsonObject, Outcome, ServerState } from '../../src/index.ts'
import { type Opened, open } from '../support/opened.ts'
import { type RestFault, restFaults } from './at-rest.ts'
import { type StartFault, startFaults } from './at-start.ts'
import { type Case, casesOf, groupedBy } from './cases.ts'
import type { CallFault, Told } from './during-call/fault.ts'
import { callFaults } from './during-call.ts'
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
const callCases = casesOf(callFaults)
const restCases = casesOf(restFaults)
const startCases = casesOf(startFaults)
const charge = { name: 'charge', arguments: { amount: 1 } }

const theFault = <Row extends { fault: string }>({ row }: Case<Row>) => row.fault
const theServer = ({ row, over, era }: Case<{ flags?: string[] }>) =>
  [era, over, ...(row.flags ?? [])].join(' ')

describe('during a call', () => {
  const [shared, alone] = partition(callCases, ({ row, ...one }) => {
    const states = statesOf(row.states, one.over)
    return states.length === 1 && !row.strike && !row.onQuestion && row.told === 'at once'
  })

  // A server that stays ready is there for the next fault.
  test.each(groupedBy(shared, theServer))('faults that a server survives: %s', async (_, cases) => {
    const [first] = cases
    if (!first) throw new Error('no cases')
    const { subject, opened } = await openFor(first)
    const seen: object[] = []
    for (const one of cases) seen.push(await during(one, subject, opened))
    expect(seen).toEqual(cases.map(expectedOf))
    for (const one of cases) keep(one)
  })

  test.each(groupedBy(alone, theFault))('%s', async (_, cases) => {
    const seen = cases.map(async (one) => {
      const { subject, opened } = await openFor(one)
      return during(one, subject, opened)
    })
    expect(await Promise.all(seen)).toEqual(cases.map(expectedOf))
    for (const one of cases) keep(one)
  })

  async function openFor({ row, over, era }: Case<CallFault>) {
    const { tool = charge, told, flags = [] } = row
    const subject = new Subject(over, era, [...flags, '--only', [...survivors, tool.name].join(',')])
    const pings = statesOf(row.states, over).includes('degraded') ? heartbeats : noHeartbeats
    const opened = open({ it: await subject.entry() }, { ...pings, ...times[told], patienceMs: never })
    await opened.untilReady('it')
    return { subject, opened }
  }

  async function during({ row, over, era }: Case<CallFault>, subject: Subject, opened: Opened) {
    const { tool = charge, told, onQuestion, lifted } = row
    const ranBefore = subject.server.runs(tool.name).started
    const ranSince = () => subject.server.runs(tool.name).started - ranBefore
    const states = statesOf(row.states, over)
    subject.server.order(...row.orders(over, era))
    await row.strike?.(subject)
    const caller = onQuestion ? { onQuestion: () => onQuestion(subject) } : {}
    const outcome = await opened.switchboard.call(tool.name, tool.arguments, caller)
    const ran = ranSince()
    if (told === 'silence') expect(outcome.durationMs).toBeGreaterThanOrEqual(300)
    if (told === 'deadline') expect(outcome.durationMs).toBeGreaterThanOrEqual(700)
    expect(isOfSilence(outcome)).toBe(told === 'silence')
    await untilLifted(opened, subject, states, lifted)
    const all = opened.statesOf('it')
    const again = await opened.switchboard.call(tool.name, tool.arguments)
    return {
      ...{ fault: row.fault, over, era, ...summaryOf(outcome), ran, states: all },
      again: { ok: tool === charge ? again.ok : true, ran: ranSince() - ran },
    }
  }

  function expectedOf({ row, over, era }: Case<CallFault>) {
    const { fault, ends, ran, earlier = [] } = row
    const codes = [...earlier, ends.split(', ')[0]]
    return {
      ...{ fault, over, era, ends, server: 'it', ran },
      attempts: codes.map((code, index) => ({ server: 'it', generation: index + 1, code })),
      states: ['connecting', ...statesOf(row.states, over)],
      again: { ok: true, ran: 1 },
    }
  }

  function keep({ row, ...one }: Case<CallFault>): void {
    page.add('During a call', { ...row, ...one, states: statesOf(row.states, one.over) })
  }
})

describe('while nobody calls', () => {
  test.each(groupedBy(restCases, theFault))('%s', async (_, cases) => {
    expect(await Promise.all(cases.map(atRest))).toEqual(
      cases.map(({ row, over, era }) => ({
        ...{ fault: row.fault, over, era, states: ['connecting', ...row.states] },
        again: { ok: true, ran: 1 },
      })),
    )
    for (const { row, ...one } of cases) page.add('While nobody calls', { ...row, ...one, ran: 0 })
  })

  async function atRest({ row, over, era }: Case<RestFault>) {
    const { fault, flags = [], states, orders, strike, flaps, lifted } = row
    const subject = new Subject(over, era, [...flags, '--only', 'charge'])
    const opened = open({ it: await subject.entry() }, heartbeats)
    await opened.untilReady('it')
    subject.server.order(...(orders?.(era) ?? []))
    await strike?.(subject)
    await untilLifted(opened, subject, states, lifted)
    const all = opened.statesOf('it')
    const { ok } = await opened.switchboard.call('charge', charge.arguments)
    return {
      ...{ fault, over, era, states: flaps ? all.slice(0, states.length + 1) : all },
      again: { ok, ran: subject.server.runs('charge').started },
    }
  }
})

describe('from the start', () => {
  const [shared, alone] = partition(
    startCases,
    ({ row, over }) => over === 'http' && !row.before && !row.connectTimeoutMs && !row.orders?.some(kills),
  )

  // An HTTP server that lives is there for the next connection.
  test.each(groupedBy(shared, theServer))('faults of a server that lives: %s', async (_, cases) => {
    const [first] = cases
    if (!first) throw new Error('no cases')
    const subject = subjectOf(first)
    const entry = await subject.entry()
    const seen: object[] = []
    for (const one of cases) seen.push(await atStart(one, subject, entry))
    expect(seen).toEqual(cases.map(expectedOf))
    for (const one of cases) keep(one)
  })

  test.each(groupedBy(alone, theFault))('%s', async (_, cases) => {
    const seen = cases.map(async (one) => {
      const subject = subjectOf(one)
      return atStart(one, subject, await subject.entry())
    })
    expect(await Promise.all(seen)).toEqual(cases.map(expectedOf))
    for (const one of cases) keep(one)
  })

  function subjectOf({ row, over, era }: Case<StartFault>): Subject {
    return new Subject(over, era, [...(row.flags ?? []), '--only', 'charge'])
  }

  async function atStart({ row, over, era }: Case<StartFault>, subject: Subject, entry: JsonObject) {
    const { fault, states, connectTimeoutMs = 20_000 } = row
    const ranBefore = subject.server.runs('charge').started
    subject.server.order(...(row.orders ?? []))
    await row.before?.(subject)
    const it = row.entry?.(entry, subject.server.directory) ?? entry
    const opened = open({ it }, { ...noHeartbeats, connectTimeoutMs, patienceMs: 50 })
    const isForGood = states[1] !== 'reconnecting'
    const untilStruck = () => opened.until(`${states[1]}`, () => hasSeen(opened, states.slice(0, 2)))
    if (isForGood) await untilStruck()
    const outcome = await opened.switchboard.call('charge', charge.arguments)
    const ran = subject.server.runs('charge').started - ranBefore
    const rejected = opened.server('it').rejected.length
    await untilStruck()
    row.mend?.(subject.server.directory)
    await untilLifted(opened, subject, states.slice(1), row.lifted)
    const all = opened.statesOf('it')
    const again = await opened.switchboard.call('charge', charge.arguments)
    await opened.switchboard.stop()
    return { fault, over, era, ...summaryOf(outcome), ran, rejected, states: all, again: again.ok }
  }

  function expectedOf({ row, over, era }: Case<StartFault>) {
    const { fault, ends, states, rejected = 0 } = row
    const isOk = ends === 'ok'
    return {
      ...{ fault, over, era, ends, server: isOk ? 'it' : undefined },
      attempts: isOk ? [{ server: 'it', generation: 1, code: 'ok' }] : [],
      ...{ ran: isOk ? 1 : 0, rejected, states, again: true },
    }
  }

  function keep({ row, ...one }: Case<StartFault>): void {
    page.add('From the start', { ...row, ...one, ran: 0 })
  }
})

test('docs/failures.md says what these tests saw', async () => {
  const all = callCases.length + restCases.length + startCases.length
  if (page.length < all) return console.log('skipped: only some of the faults ran')
  await expect(page.markdown()).toMatchFileSnapshot('../../docs/failures.md')
})

/** Tools of the rows that share a server. */
const survivors = ['charge', 'sum', 'fail']

function kills({ ending }: { ending?: string }): boolean {
  return ending === 'die' || ending === 'exit'
}

function statesOf(states: CallFault['states'], over: Case<CallFault>['over']): ServerState[] {
  return typeof states === 'function' ? states(over) : states
}

function partition<Item>(items: readonly Item[], belongs: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}

/** Not of the deadline, whatever the clock says of a machine that stands still. */
function isOfSilence(outcome: Outcome): boolean {
  return !outcome.ok && outcome.error.message.includes('it does not answer. ')
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
