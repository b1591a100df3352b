import { setImmediate as turn } from 'node:timers/promises'
import type { PolicyOptions } from '../../src/contract/policy.ts'
import type { Switchboard, SwitchboardOptions } from '../../src/index.ts'
import { check, type Violation } from '../history/checker.ts'
import type { HistoryEvent } from '../history/history.ts'
import { versionOf } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { Callers } from './callers.ts'
import { createVictims, entriesOf, Fleet } from './fleet.ts'
import { Tally } from './tally.ts'
import { type Strikes, Torment } from './torment.ts'
import type { Victim } from './victim.ts'

/** Short, so that much happens in little time. */
const policy: PolicyOptions = {
  patienceMs: 300,
  callTimeoutMs: 1_200,
  maxCallMs: 3_000,
  unresponsiveAfterMs: 400,
  heartbeatMs: 200,
  heartbeatDuringCallsMs: 100,
  heartbeatTimeoutMs: 200,
  minBackOffMs: 20,
  maxBackOffMs: 200,
  stableAfterMs: 1_000,
  drainTimeoutMs: 200,
  closeGraceMs: 150,
}

/** No call may last so long: callers that hear nothing are waiting for what never comes. */
const maxSilenceMs = 20_000

/** For a process that was told to end. */
const endLimitMs = 10_000

export interface ChaosOptions {
  createSwitchboard: (options: SwitchboardOptions) => Switchboard
  /** At least so many. */
  calls: number
  /** It goes on until each kind of fault has struck, too. */
  everyFault: boolean
  /** The longest rest of a server between two faults. */
  maxRestMs: number
  seed: number
  /** Ends it early. */
  signal?: AbortSignal
  onProgress?: (progress: { calls: number; tally: Tally }) => void
}

export interface ChaosResult {
  history: HistoryEvent[]
  violations: Violation[]
  tally: Tally
  /** By the version of MCP of the server that a call came to. */
  byVersion: Tally
  calls: number
  elapsedMs: number
  struck: Strikes
  /** Nobody heard an outcome for long; what ended then was ended by `stop()`. */
  isStuck: boolean
  /** Processes of servers that outlived `stop()`. */
  left: number[]
}

/** Real servers, real faults, many callers; the servers' ledgers are read when nothing can be done any more. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const victims = createVictims()
  try {
    await Promise.all(victims.map((victim) => victim.mend()))
    return await trial(victims, options)
  } finally {
    await Promise.all(victims.map((victim) => victim.leftProcesses(0)))
    for (const victim of victims) victim.forget()
  }
}

async function trial(victims: readonly Victim[], options: ChaosOptions): Promise<ChaosResult> {
  const { createSwitchboard, calls, everyFault, seed, signal, onProgress } = options
  const begunAt = performance.now()
  const history: HistoryEvent[] = []
  const record = (event: HistoryEvent) => void history.push(event)
  const switchboard = createSwitchboard({ ...policy, mcpServers: entriesOf(victims) })
  const over = new AbortController()
  const torment = new Torment(new Fleet(victims, switchboard), { ...options, record, signal: over.signal })
  const tally = new Tally()
  const byVersion = new Tally()
  const callers = new Callers(switchboard, victims, seed, record, ({ startedAt, servers, outcome }) => {
    tally.add(torment.faultSince(startedAt, servers), outcome)
    const called = victims.find(({ name }) => name === outcome.server)
    if (called) byVersion.add(versionOf[called.era], outcome)
    onProgress?.({ calls: callers.begun, tally })
  })
  const isDone = () => callers.begun >= calls && (!everyFault || torment.hasStruckWithEach)
  const isStuck = () => performance.now() - callers.heardAt > maxSilenceMs
  const isOver = () => over.signal.aborted || signal?.aborted || isDone() || isStuck()

  let stuck = false
  try {
    switchboard.start()
    await switchboard.settled()
    const tormented = torment.run()
    const called = callers.run(() => !isOver())
    await Promise.race([until(isOver, 'it is over', Number.POSITIVE_INFINITY), tormented, called])
    stuck = isStuck()
    // In the middle of calls and faults: every call has its outcome then, or never.
    over.abort()
    await switchboard.stop()
    await Promise.race([called, turn()])
    callers.hangUp()
    await tormented
  } finally {
    over.abort()
    await switchboard.stop()
  }

  await Promise.all(victims.map((victim) => victim.end()))
  const left = (await Promise.all(victims.map((victim) => victim.leftProcesses(endLimitMs)))).flat()
  for (const victim of victims) for (const run of victim.runs()) record(run)
  const elapsedMs = performance.now() - begunAt
  const violations = check(history)
  const { struck } = torment
  return {
    ...{ history, violations, tally, byVersion, calls: callers.begun, elapsedMs, struck, left },
    isStuck: stuck,
  }
}
