import type { Random } from '../support/random.ts'
import type { Fault } from './faults.ts'

/** What throws when an actor of ours comes by. */
type Bug = Exclude<Extract<Fault, `bug in ${string}`>, 'bug in connection'>

export function isBug(fault: Fault): fault is Bug {
  return fault.startsWith('bug in ') && fault !== 'bug in connection'
}

/** Bugs of ours that wait for an actor to come by; each throws once. */
export class Bugs {
  /** The servers that had each fault. */
  readonly #due = new Map<Bug, string[]>()

  constructor(
    private readonly random: Random,
    private readonly met: (server: string, fault: Bug) => void,
  ) {}

  strike(server: string, fault: Bug): void {
    this.#due.set(fault, [...(this.#due.get(fault) ?? []), server])
  }

  clear(): void {
    this.#due.clear()
  }

  isDueInServer(name: string): boolean {
    return this.#due.get('bug in server actor')?.includes(name) ?? false
  }

  inServer(name: string): void {
    if (this.isDueInServer(name)) this.#throw(name, 'bug in server actor')
  }

  inCall(fault: Bug): void {
    const [server] = this.#due.get(fault) ?? []
    if (server !== undefined) this.#throw(server, fault)
  }

  /** As likely before as after `work`. */
  around(fault: Bug, work: () => void): void {
    if (this.#due.has(fault) && this.random.chance(0.5)) this.inCall(fault)
    work()
    this.inCall(fault)
  }

  #throw(server: string, fault: Bug): never {
    const left = (this.#due.get(fault) ?? []).slice()
    left.splice(left.indexOf(server), 1)
    if (left.length > 0) this.#due.set(fault, left)
    else this.#due.delete(fault)
    this.met(server, fault)
    throw new Error(`a ${fault}`)
  }
}
