import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import type { Place } from '../support/test-server.ts'

/** Of 192.0.2.0/24 (RFC 5737), so that no real host is meant: as many pairs of addresses. */
const pairs = 64

/** Another host, as far as its network goes: a namespace with a line of its own to this one. Needs Linux and root. */
export class Namespace {
  readonly place: Place
  readonly #name = `switchboard-${process.pid}`
  readonly #line = `sb${process.pid}`
  readonly #first = (process.pid % pairs) * 4

  private constructor() {
    this.place = { host: this.#address(2), command: ['ip', 'netns', 'exec', this.#name] }
  }

  /** A text says why there is none. */
  static create(): Namespace | string {
    if (process.platform !== 'linux') return 'skipped: network namespaces are of Linux'
    const namespace = new Namespace()
    const problem = namespace.#make()
    if (problem === undefined) onTestFinished(() => void namespace.#ip('netns', 'del', namespace.#name))
    return problem ?? namespace
  }

  /** Nothing that it sends comes to anybody here, and nobody is told: packets to it are delivered, and never confirmed. */
  cut(): void {
    this.#inside('route', 'add', 'blackhole', `${this.#address(1)}/32`)
  }

  mend(): void {
    this.#inside('route', 'del', 'blackhole', `${this.#address(1)}/32`)
  }

  #make(): string | undefined {
    const made = this.#ip('netns', 'add', this.#name)
    if (made !== undefined)
      return `skipped: no network namespace can be made here (${made}); it needs root and iproute2`
    const [near, far] = [`${this.#line}a`, `${this.#line}b`]
    const steps = [
      ['link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.#name],
      ['addr', 'add', `${this.#address(1)}/30`, 'dev', near],
      ['link', 'set', near, 'up'],
      ['-n', this.#name, 'addr', 'add', `${this.#address(2)}/30`, 'dev', far],
      ['-n', this.#name, 'link', 'set', far, 'up'],
    ]
    for (const step of steps) {
      const problem = this.#ip(...step)
      if (problem === undefined) continue
      this.#ip('netns', 'del', this.#name)
      return `skipped: ip ${step.join(' ')}: ${problem}`
    }
    return undefined
  }

  #inside(...args: string[]): void {
    const problem = this.#ip('-n', this.#name, ...args)
    if (problem !== undefined) throw new Error(`ip ${args.join(' ')}: ${problem}`)
  }

  /** Undefined where it did what it was told. */
  #ip(...args: string[]): string | undefined {
    const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' })
    if (status === 0) return undefined
    return error === undefined ? stderr.trim() : error.message
  }

  #address(last: 1 | 2): string {
    return `192.0.2.${this.#first + last}`
  }
}
