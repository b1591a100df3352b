import { describe, expect, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import { type WorkerEvent, workerMachine } from '../../src/machines/worker.ts'
import { MachineCoverage } from '../model/machine-coverage.ts'

const coverage = new MachineCoverage([workerMachine])
const times = { drainMs: 3_000, closeMs: 4_000, killMs: 2_000 }
const end = { type: 'end' } as const

/** What is done, and when, if these events come at these milliseconds. */
function course(...events: [atMs: number, event: WorkerEvent][]): string[] {
  const clock = new SimulatedClock()
  const done: string[] = []
  const note = (what: string) => () => void done.push(`${clock.now()} ${what}`)
  const actions = { drain: note('drain'), close: note('close'), kill: note('kill') }
  const actor = createActor(workerMachine.provide({ actions }), {
    input: times,
    clock,
    inspect: coverage.inspect,
  })
  actor.subscribe({ complete: note('ended') })
  actor.start()
  for (const [atMs, event] of events) {
    clock.set(atMs)
    actor.send(event)
  }
  for (let atMs = clock.now(); atMs <= 20_000; atMs += 100) clock.set(atMs)
  return done
}

describe('the end of a worker', () => {
  test.each<[string, [number, WorkerEvent][], string[]]>([
    ['never comes unasked', [], []],
    [
      'comes at last, although nobody does what he is asked for',
      [[1_000, end]],
      ['1000 drain', '4000 close', '8000 kill', '10000 ended'],
    ],
    [
      'waits for nothing that is over',
      [
        [1_000, end],
        [1_100, { type: 'jobs.over' }],
        [1_300, { type: 'processes.gone' }],
      ],
      ['1000 drain', '1100 close', '1300 ended'],
    ],
    [
      'is there as soon as what was killed is gone',
      [
        [0, end],
        [0, { type: 'jobs.over' }],
        [4_000, { type: 'processes.gone' }],
      ],
      ['0 drain', '0 close', '4000 kill', '4000 ended'],
    ],
    [
      'waits for no call when it is asked for twice',
      [
        [0, end],
        [100, end],
        [200, end],
      ],
      ['0 drain', '100 kill', '2100 ended'],
    ],
    [
      'waits for no process when it is asked for twice',
      [
        [0, end],
        [0, { type: 'jobs.over' }],
        [100, end],
      ],
      ['0 drain', '0 close', '100 kill', '2100 ended'],
    ],
    [
      'begins with closing when LiveKit is given up',
      [
        [0, { type: 'server.failed' }],
        [50, { type: 'processes.gone' }],
      ],
      ['0 close', '50 ended'],
    ],
    [
      'is the same when LiveKit is given up meanwhile',
      [
        [0, end],
        [100, { type: 'server.failed' }],
        [200, { type: 'processes.gone' }],
      ],
      ['0 drain', '100 close', '200 ended'],
    ],
  ])('%s', (_, events, expected) => {
    expect(course(...events)).toEqual(expected)
  })

  test('every state and transition was seen', () => {
    expect({ states: coverage.states.missing, transitions: coverage.transitions.missing }).toEqual({
      states: [],
      transitions: [],
    })
  })

  test.each<[string, WorkerEvent]>([
    ['drain', { type: 'end' }],
    ['close', { type: 'server.failed' }],
    ['kill', { type: 'end' }],
  ])('the action %s that was not provided says the remedy', (name, event) => {
    const problems: unknown[] = []
    const others = Object.fromEntries(
      ['drain', 'close', 'kill'].filter((other) => other !== name).map((other) => [other, () => {}]),
    )
    const actor = createActor(workerMachine.provide({ actions: others }), { input: times })
    actor.subscribe({ error: (error) => problems.push(error) })
    actor.start()
    actor.send(event)
    if (name === 'kill') actor.send(event)
    expect(problems).toEqual([
      new Error(`no action ${name}; provide one: workerMachine.provide({ actions: { ${name} } })`),
    ])
    actor.stop()
  })
})
