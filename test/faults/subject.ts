import type { JsonObject } from '../../src/index.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import { type HttpControl, type HttpProcess, TestServer } from '../support/test-server.ts'
import type { Era, Transport } from '../support/transports.ts'

/** A server that a test breaks and mends, over one transport. */
export class Subject {
  readonly server: TestServer
  #http: HttpProcess | undefined

  constructor(
    readonly over: Transport,
    readonly era: Era,
    flags: string[] = [],
  ) {
    this.server = new TestServer('--era', era, ...flags)
  }

  async entry(options: JsonObject = {}): Promise<JsonObject> {
    if (this.over === 'stdio') return this.server.stdio(options)
    this.#http = await this.server.startHttp()
    return { url: this.#http.url, switchboard: options }
  }

  /** To the process that serves now. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.server.journal.findLast(({ event }) => event === 'started')?.pid
    if (pid === undefined) throw new Error('the server was never started')
    killQuietly(pid, signal)
  }

  /** The order for `signal` is carried out. */
  async obeySignal(): Promise<void> {
    this.signal('SIGUSR2')
    await this.server.untilNoted('SIGUSR2')
  }

  async control(what: HttpControl): Promise<void> {
    await this.#http?.control(what)
  }

  async killHttp(): Promise<void> {
    await this.#http?.kill()
  }

  /** The fault is over: a remote server that died is started again by somebody, one that was stopped goes on. */
  async lift(): Promise<void> {
    this.server.lift()
    if (!this.#http) return
    killQuietly(this.#http.pid, 'SIGCONT')
    if (!isAlive(this.#http.pid)) this.#http = await this.server.startHttp(this.#http.port)
  }
}
