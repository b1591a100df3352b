import type { Random } from '../support/random.ts'
import type { Fault } from './faults.ts'

/** Bugs of ours that wait for an actor to come by; each throws once. */
export class Bugs {
  /** The servers that had each fault. */
  readonly #due = new Map<Fault, string[]>()

  constructor(
    private readonly random: Random,
    private readonly met: (server: string, fault: Fault) => void,
  ) {}

  strike(server: string, fault: Fault): void {
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

  inCall(fault: Fault): void {
    const [server] = this.#due.get(fault) ?? []
    if (server !== undefined) this.#throw(server, fault)
  }

  /** As likely before as after `work`. */
  around(fault: Fault, work: () => void): void {
    if (this.#due.has(fault) && this.random.chance(0.5)) this.inCall(fault)
    work()
    this.inCall(fault)
  }

  #throw(server: string, fault: Fault): never {
    const left = (this.#due.get(fault) ?? []).slice()
    left.splice(left.indexOf(server), 1)
    if (left.length > 0) this.#due.set(fault, left)
    else this.#due.delete(fault)
    this.met(server, fault)
    throw new Error(`a ${fault}`)
  }
}
