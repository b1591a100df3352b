import type { WorkerSwitchboard } from '../../agent/worker/options.ts'
import { UsageError } from '../failure.ts'
import type { Strike } from './options.ts'

/** What `--kill` asked for, and what came of it. */
export class Strikes {
  readonly #struck = new Set<Strike>()

  constructor(private readonly asked: readonly Strike[]) {}

  /** @throws UsageError for a server that is none */
  checkServers({ servers }: WorkerSwitchboard): void {
    const names = servers.map(({ name }) => name)
    for (const { server, turn } of this.asked) {
      if (names.includes(server)) continue
      throw new UsageError(`--kill ${server}@${turn}: the servers are ${names.join(', ')}; name one of them`)
    }
  }

  /** @throws UsageError for a turn that does not take place */
  checkTurns(count: number): void {
    for (const { server, turn } of this.asked) {
      if (turn <= count) continue
      const turns = count === 1 ? 'is only one turn' : `are only ${count} turns`
      throw new UsageError(`--kill ${server}@${turn}: there ${turns}; give a turn that takes place`)
    }
  }

  /** Whether that server is to be killed now; once, so that a call that goes out again is let through. Turns count from 0. */
  isDue(name: string, turn: number): boolean {
    const strike = this.asked.find((one) => one.server === name && one.turn === turn + 1)
    if (!strike || this.#struck.has(strike)) return false
    this.#struck.add(strike)
    return true
  }

  /** Whether its calls are meant to fail. */
  has(turn: number): boolean {
    return this.asked.some((one) => one.turn === turn + 1)
  }

  /** One line each. */
  missed(): string[] {
    return this.asked
      .filter((strike) => !this.#struck.has(strike))
      .map(({ server, turn }) => `turn ${turn}: no call went out to ${server}, so it was not killed`)
  }
}
