import { expect, test } from 'vitest'
import type { JsonObject, Outcome, ServerState } from '../../src/index.ts'
import { type Opened, open } from '../support/opened.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import { type HttpProcess, TestServer } from '../support/test-server.ts'
import type { Transport } from '../support/transports.ts'
import { type CallFault, callFaults, type Told } from './during-call.ts'

const never = 600_000

/** The times that may end a call; no other one comes before the test gives up. */
const times: Record<Told, JsonObject> = {
  'at once': { callTimeoutMs: never, unresponsiveAfterMs: never },
  silence: { callTimeoutMs: 2_000, unresponsiveAfterMs: 300 },
  deadline: { callTimeoutMs: 700, unresponsiveAfterMs: never },
}

const heartbeats = { heartbeatMs: 100, heartbeatDuringCallsMs: 50, heartbeatTimeoutMs: 100 }
const noHeartbeats = { heartbeatMs: never, heartbeatDuringCallsMs: never }

/** A server with a fault, over one transport. */
class Subject {
  readonly server: TestServer
  #http: HttpProcess | undefined

  constructor(
    readonly over: Transport,
    flags: string[] = [],
  ) {
    this.server = new TestServer(...flags)
  }

  async entry(options: JsonObject = {}): Promise<JsonObject> {
    if (this.over === 'stdio') return this.server.stdio(options)
    this.#http = await this.server.startHttp()
    return { url: this.#http.url, switchboard: options }
  }

  /** The fault is over: a remote server that died is started again by somebody, one that was stopped goes on. */
  async lift(): Promise<void> {
    this.server.lift()
    if (!this.#http) return
    killQuietly(this.#http.pid, 'SIGCONT')
    if (!isAlive(this.#http.pid)) this.#http = await this.server.startHttp(this.#http.port)
  }
}

test.each(callFaults.flatMap((one) => one.over.map((over) => [one.fault, over, one] as const)))(
  '%s, over %s, during a call',
  async (_, over, fault) => {
    const { tool = { name: 'charge', arguments: { amount: 1 } }, told, ran } = fault
    const subject = new Subject(over, [...(fault.flags ?? []), '--only', tool.name])
    const states = typeof fault.states === 'function' ? fault.states(over) : fault.states
    const pings = states.includes('degraded') ? heartbeats : noHeartbeats
    const opened = open({ it: await subject.entry() }, { ...pings, ...times[told], patienceMs: never })
    await opened.untilReady('it')
    subject.server.order(...fault.orders(over))

    const outcome = await opened.switchboard.call(tool.name, tool.arguments)

    expect(summaryOf(outcome)).toEqual(expected(fault))
    expect(subject.server.runs(tool.name).started).toBe(ran)
    if (!outcome.ok && outcome.error.effect === 'none') expect(ran).toBe(0)
    if (told === 'silence') expect(outcome.durationMs).toBeLessThan(2_000)
    if (told !== 'at once') expect(outcome.durationMs).toBeGreaterThanOrEqual(told === 'silence' ? 300 : 700)

    const untilLifted = states.slice(0, fault.lifted === 'restart' ? -2 : -1)
    await opened.until(untilLifted.join(' → '), () => hasSeen(opened, untilLifted))
    await subject.lift()
    if (fault.lifted === 'restart') await opened.switchboard.restart('it')
    await opened.until(states.join(' → '), () => hasSeen(opened, states))
    expect(opened.statesOf('it')).toEqual(['connecting', ...states])
    expect(await opened.switchboard.call(tool.name, tool.arguments)).toMatchObject(
      tool.name === 'charge' ? { ok: true } : {},
    )
    expect(subject.server.runs(tool.name).started).toBe(ran + 1)
  },
)

function summaryOf(outcome: Outcome) {
  const { server, attempts } = outcome
  const ends = outcome.ok ? 'ok' : `${outcome.error.code}, ${outcome.error.effect}`
  return { ends, server, attempts }
}

function expected({ ends }: CallFault) {
  const [code] = ends.split(', ')
  return { ends, server: 'it', attempts: [{ server: 'it', generation: 1, code }] }
}

function hasSeen(opened: Opened, states: readonly ServerState[]): boolean {
  const seen = opened.statesOf('it').slice(1)
  return states.every((state, position) => seen[position] === state)
}
