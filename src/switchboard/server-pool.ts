import { isDeepStrictEqual } from 'node:util'
import { type Actor, type AnyActor, createActor } from 'xstate'
import type { Disturbances } from '../actors/disturbances.ts'
import { isSameEntry, type ServerEntry } from '../config/definition.ts'
import { messageOf } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type { FunctionInfo, ServerStatus, SwitchboardEvent, Tool } from '../contract/protocol.ts'
import { Directory } from '../machines/directory.ts'
import type { supervisorMachine } from '../machines/supervisor.ts'
import type { Dependencies } from './dependencies.ts'
import type { InspectedPool } from './inspection.ts'
import type { Listener, Publisher } from './publisher.ts'
import { type HostCommand, perform } from './witness.ts'

/** A supervisor with its servers, and the directory that they keep. */
export class ServerPool implements InspectedPool {
  readonly directory: Directory
  readonly #supervisor: Actor<typeof supervisorMachine>
  readonly #unsettled = new Set<string>()
  readonly #ended: Promise<void>
  #phase: 'new' | 'started' | 'stopped' = 'new'
  #entries: ServerEntry[] = []
  readonly #disabled = new Set<string>()
  /** Those of the entries that the supervisor has. */
  #configured: ServerEntry[] = []
  #functions: FunctionInfo[] = []
  #onSettled: (() => void)[] = []

  constructor(
    policy: Policy,
    private readonly dependencies: Dependencies,
    supervisor: typeof supervisorMachine,
    private readonly publisher: Publisher,
    parent?: Directory,
  ) {
    const { now, random, clock, inspect } = dependencies
    this.directory = new Directory(parent)
    this.#supervisor = createActor(supervisor, {
      input: { policy, now, random },
      clock,
      ...(inspect === undefined ? {} : { inspect }),
    })
    this.#ended = new Promise((resolve) => {
      this.#supervisor.subscribe({
        complete: resolve,
        error: (error) => {
          process.emitWarning(`the supervisor broke: ${messageOf(error)}`, 'SwitchboardWarning')
          resolve()
        },
      })
    })
    this.#supervisor.on('server.reported', ({ report, options, server }) => {
      const known = this.directory.entry(report.name)?.report
      const previous = known?.state
      const changes = known && known.tools !== report.tools ? changedTools(known.tools, report.tools) : []
      this.directory.update(report, options, server)
      for (const change of changes) {
        this.#publish({ type: 'tool.changed', at: now(), server: report.name, ...change })
      }
      const entry = this.directory.entry(report.name)
      if (entry) {
        const status = this.directory.status(entry)
        this.#publish({
          type: 'server.changed',
          at: now(),
          server: status,
          ...(previous === undefined ? {} : { previous }),
        })
      }
      if (report.state !== 'connecting') this.#settle(report.name)
      this.#publishFunctions(now())
    })
    this.#supervisor.on('server.logged', ({ name, message }) =>
      this.#publish({ type: 'server.logged', at: now(), server: name, ...message }),
    )
    this.#supervisor.on('server.leaving', ({ report, options }) => {
      const server = this.directory.status({ report, options, inFlight: new Set() })
      this.#publish({ type: 'server.changed', at: now(), server })
    })
    this.#supervisor.on('server.removed', ({ name }) => {
      this.directory.remove(name)
      this.#settle(name)
      this.#publishFunctions(now())
    })
  }

  get actor(): AnyActor {
    return this.#supervisor
  }

  get entries(): readonly ServerEntry[] {
    return this.#entries
  }

  get functions(): FunctionInfo[] {
    return [...this.directory.functions()]
  }

  subscribe(listener: Listener): () => void {
    return this.publisher.subscribe(listener)
  }

  get statuses(): ServerStatus[] {
    return this.directory.statuses()
  }

  get isRunning(): boolean {
    return this.#phase === 'started'
  }

  inFlight(name: string): number {
    return this.directory.entry(name)?.inFlight.size ?? 0
  }

  get disabled(): ReadonlySet<string> {
    return this.#disabled
  }

  get disturbances(): Disturbances | undefined {
    return this.dependencies.disturbances
  }

  /** Once, and not after `stop()`. */
  start(entries: ServerEntry[]): void {
    if (this.#phase !== 'new') return
    this.#phase = 'started'
    this.#entries = entries
    const enabled = this.#enabled
    this.#perform({ type: 'servers.start', directory: this.directory, entries: enabled }, () => {
      this.#supervisor.start()
      this.#configure(enabled)
    })
  }

  configure(entries: readonly ServerEntry[]): void {
    const known = new Map(this.#entries.map((entry) => [entry.name, entry]))
    this.#entries = entries.map((entry) => {
      const old = known.get(entry.name)
      // The very one that its actor has: others know it by that.
      return old && isSameEntry(old, entry) ? old : entry
    })
    const names = new Set(entries.map(({ name }) => name))
    for (const name of this.#disabled) if (!names.has(name)) this.#disabled.delete(name)
    this.#configureEnabled()
  }

  disable(name: string): void {
    this.#disabled.add(name)
    this.#configureEnabled()
  }

  enable(name: string): void {
    this.#disabled.delete(name)
    this.#configureEnabled()
  }

  get #enabled(): ServerEntry[] {
    return this.#entries.filter(({ name }) => !this.#disabled.has(name))
  }

  #configureEnabled(): void {
    if (!this.isRunning) return
    const { directory } = this
    const entries = this.#enabled
    this.#perform({ type: 'servers.configure', directory, entries }, () => this.#configure(entries))
  }

  #configure(entries: ServerEntry[]): void {
    const known = new Map(this.#configured.map((entry) => [entry.name, entry]))
    for (const entry of entries) {
      if (known.get(entry.name) !== entry) this.#unsettled.add(entry.name)
    }
    this.#configured = entries
    this.directory.arrange(entries.map(({ name }) => name))
    this.#supervisor.send({ type: 'servers.configure', entries })
    if (this.#unsettled.size === 0) this.directory.settle()
  }

  restart(name: string): void {
    this.#perform({ type: 'server.restart', directory: this.directory, name }, () =>
      this.#supervisor.send({ type: 'server.restart', name }),
    )
  }

  /** Its credentials have changed: one that refused those it had is tried again. */
  renew(name: string): void {
    if (!this.isRunning) return
    this.#perform({ type: 'server.renew', directory: this.directory, name }, () =>
      this.#supervisor.send({ type: 'server.renew', name }),
    )
  }

  /** Why it is not known which servers there are, in words for the caller. */
  tellProblem(problem: string | undefined): void {
    if (problem === this.directory.problem) return
    this.#perform({ type: 'servers.unknown', directory: this.directory, problem }, () =>
      this.directory.setProblem(problem),
    )
  }

  /** Every server has left `connecting` once, or the time is up. */
  async settled(timeoutMs: number): Promise<void> {
    const { directory } = this
    if (this.#unsettled.size > 0) {
      await new Promise<void>((resolve) => {
        this.#perform({ type: 'servers.await', directory, timeoutMs }, () => {
          const { clock } = this.dependencies
          const timer = clock.setTimeout(resolve, timeoutMs)
          this.#onSettled.push(() => {
            clock.clearTimeout(timer)
            resolve()
          })
        })
      })
    }
    this.#perform({ type: 'servers.settle', directory }, () => directory.settle())
  }

  async stop(): Promise<void> {
    const wasStarted = this.#phase === 'started'
    this.#phase = 'stopped'
    if (!wasStarted) return
    this.#perform({ type: 'servers.stop', directory: this.directory }, () =>
      this.#supervisor.send({ type: 'stop' }),
    )
    await this.#ended
  }

  #perform(command: HostCommand, work: () => void): void {
    perform(this.dependencies.witness, command, work)
  }

  #publish(event: SwitchboardEvent): void {
    this.dependencies.witness?.published(event)
    this.publisher.publish(event)
  }

  #settle(name: string): void {
    if (!this.#unsettled.delete(name) || this.#unsettled.size > 0) return
    this.directory.settle()
    for (const resolve of this.#onSettled.splice(0)) resolve()
  }

  #publishFunctions(at: number): void {
    const { functions } = this
    if (isDeepStrictEqual(functions, this.#functions)) return
    this.#functions = functions
    this.#publish({ type: 'functions.changed', at, functions })
  }
}

/** Those that are listed under a known name with another definition. */
function changedTools(before: readonly Tool[], after: readonly Tool[]) {
  const hashes = new Map(before.map(({ name, hash }) => [name, hash]))
  return after.flatMap(({ name, hash }) => {
    const previousHash = hashes.get(name)
    return previousHash === undefined || previousHash === hash ? [] : [{ tool: name, hash, previousHash }]
  })
}
