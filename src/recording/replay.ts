import type { Dependencies } from '../switchboard/dependencies.ts'
import { differing } from './compare.ts'
import type { Decision } from './decision.ts'
import type { RecordedInput, RecordedStep, Tape } from './read-tape.ts'
import { ReplayedHost } from './replayed-host.ts'
import { ReplayedWorld } from './replayed-world.ts'
import type { RecordedDecision } from './tape.ts'

/** Where the machines decide otherwise than they did. */
export interface Difference {
  after: RecordedInput
  /** Why that input could not be given again. */
  problem?: string
  expected: RecordedDecision[]
  actual: Decision[]
}

/** What happened in the replay, in order. */
export type Happening = { at: number } & ({ input: RecordedInput['input'] } | { decision: Decision })

export interface Replay {
  startedAt: number
  inputs: number
  decisions: number
  /** The recording was ended; otherwise its last lines may be missing, and what they would tell is not compared. */
  isWhole: boolean
  happenings: Happening[]
  differences: Difference[]
}

/** Other machines than those of this version. */
export type Machines = Partial<Pick<Dependencies, 'server' | 'conversation'>>

/** Runs what was recorded through the machines again: no process, no socket, and no time passes. */
export function replay(tape: Tape, machines: Machines = {}): Replay {
  return new Replayer(tape, machines).run()
}

class Replayer {
  readonly #world = new ReplayedWorld((decision) => this.#decided(decision))
  readonly #host: ReplayedHost
  readonly #happenings: Happening[] = []
  readonly #differences: Difference[] = []
  #inputs = 0
  #at = 0
  /** Since the last input that is not nested. */
  #decisions: Decision[] = []
  #nested: RecordedStep['nested'] = []

  constructor(
    private readonly tape: Tape,
    machines: Machines,
  ) {
    this.#host = new ReplayedHost(tape.heading.policy, { ...this.#world.dependencies, ...machines })
  }

  run(): Replay {
    const { heading, steps, isWhole } = this.tape
    for (const step of steps) this.#run(step, isWhole || step !== steps.at(-1))
    return {
      startedAt: heading.at,
      inputs: this.#inputs,
      decisions: this.#happenings.length - this.#inputs,
      isWhole,
      happenings: this.#happenings,
      differences: this.#differences,
    }
  }

  #run(step: RecordedStep, isComplete: boolean): void {
    this.#decisions = []
    this.#nested = [...step.nested]
    this.#world.expect(step)
    this.#give(step)
    // Where less was decided than recorded.
    for (let late = this.#nested.shift(); late; late = this.#nested.shift()) this.#give(late)
    const { decisions } = step
    const decided = isComplete ? this.#decisions : this.#decisions.slice(0, decisions.length)
    const { expected, actual } = differing(decisions, decided)
    if (expected.length + actual.length > 0) this.#differ(step, { expected, actual })
  }

  #give(recorded: RecordedInput): void {
    const { at, input } = recorded
    this.#inputs += 1
    this.#at = at
    this.#happenings.push({ at, input })
    this.#world.begin(recorded)
    const problem = this.#tell(input)
    if (problem !== undefined) this.#differ(recorded, { problem, expected: [], actual: [] })
  }

  #tell(input: RecordedInput['input']): string | undefined {
    switch (input.type) {
      case 'timer.fired':
      case 'connection.event':
      case 'connection.gone':
      case 'connection.threw':
        return this.#world.give(input)
      default:
        return this.#host.give(input)
    }
  }

  #decided(decision: Decision): void {
    this.#decisions.push(decision)
    this.#happenings.push({ at: this.#at, decision })
    while ((this.#nested[0]?.after ?? Infinity) <= this.#decisions.length) {
      const next = this.#nested.shift()
      if (next) this.#give(next)
    }
  }

  #differ({ number, at, input }: RecordedInput, what: Omit<Difference, 'after'>): void {
    this.#differences.push({ after: { number, at, input }, ...what })
  }
}
