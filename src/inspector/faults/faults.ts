import type { Disturbable, Disturbance } from '../../actors/disturbances.ts'
import type { InspectedPool, LivePool } from '../../switchboard/inspection.ts'
import type { FaultAction, FaultRequest } from '../wire.ts'
import { Refusal } from './refusal.ts'

/** `conversationId`: of one that only this conversation sees. */
export interface FaultTarget {
  name: string
  conversationId?: string | undefined
}

/** What was done to a server and lasts, and what can be done now. */
export interface FaultFacts {
  isStopped: boolean
  isDisabled: boolean
  slowedByMs: number
  offered: FaultAction[]
}

/** Of a server to which nothing can be done. */
export const noFaults: FaultFacts = { offered: [], isStopped: false, isDisabled: false, slowedByMs: 0 }

export interface Faults {
  facts(target: FaultTarget): FaultFacts
  /** Does it for real. What lasts does so until it is undone, or the switchboard stops. @throws Refusal */
  apply(target: FaultTarget, fault: Pick<FaultRequest, 'action' | 'delayMs'>): void
  /** Hears of each server that something was done to. Returns the unsubscriber. */
  subscribe(listener: (target: FaultTarget) => void): () => void
}

export interface FaultParts {
  pools: Iterable<LivePool>
  /** Default: of this process. */
  platform?: NodeJS.Platform
}

const actions: readonly FaultAction[] = [
  'kill',
  'stop',
  'continue',
  'slow',
  'cut',
  'restart',
  'disable',
  'enable',
]

const signals = { kill: 'SIGKILL', stop: 'SIGSTOP', continue: 'SIGCONT' } as const
const participles = { kill: 'killed', stop: 'stopped', continue: 'continued' } as const

interface Subject {
  pool: InspectedPool
  isDisabled: boolean
  /** Nothing of a wrong entry. */
  transport: 'stdio' | 'http' | undefined
  disturbance: Disturbance | undefined
  isStopped: boolean
}

/** Real faults: signals to processes, pipes and sockets destroyed, bytes held back, entries taken out. */
export function createFaults({ pools, platform = process.platform }: FaultParts): Faults {
  return new LiveFaults(pools, platform !== 'win32')
}

class LiveFaults implements Faults {
  readonly #stopped = new WeakSet<Disturbable>()
  readonly #listeners = new Set<(target: FaultTarget) => void>()

  constructor(
    private readonly pools: Iterable<LivePool>,
    private readonly canStop: boolean,
  ) {}

  facts(target: FaultTarget): FaultFacts {
    const subject = this.#find(target)
    if (!subject) return noFaults
    const { isStopped, isDisabled, disturbance } = subject
    return {
      offered: actions.filter((action) => this.#obstacle(target.name, subject, action) === undefined),
      ...{ isStopped, isDisabled },
      slowedByMs: disturbance?.delayMs ?? 0,
    }
  }

  apply(target: FaultTarget, { action, delayMs = 0 }: Pick<FaultRequest, 'action' | 'delayMs'>): void {
    const { name } = target
    const subject = this.#find(target)
    if (!subject) throw new Refusal(404, `no server is named "${name}"`)
    const obstacle = this.#obstacle(name, subject, action)
    if (obstacle !== undefined) throw new Refusal(409, obstacle)
    const { pool, disturbance } = subject
    switch (action) {
      case 'kill':
      case 'stop':
      case 'continue':
        this.#signal(name, action, disturbance?.connection)
        break
      case 'slow':
        if (disturbance) disturbance.delayMs = delayMs
        break
      case 'cut':
        disturbance?.connection?.cut()
        break
      default:
        pool[action](name)
    }
    for (const listener of [...this.#listeners]) listener(target)
  }

  subscribe(listener: (target: FaultTarget) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #signal(name: string, action: keyof typeof signals, connection: Disturbable | undefined): void {
    if (!connection?.signal?.(signals[action]))
      throw new Refusal(409, `the process of ${name} is gone already`)
    if (action === 'stop') this.#stopped.add(connection)
    else this.#stopped.delete(connection)
  }

  #find({ name, conversationId }: FaultTarget): Subject | undefined {
    for (const live of this.pools) {
      if (live.conversationId !== conversationId) continue
      const { pool } = live
      const entry = pool.entries.find((one) => one.name === name)
      if (!entry) return undefined
      const disturbance = entry.definition && pool.disturbances?.of(entry.definition)
      const connection = disturbance?.connection
      return {
        pool,
        isDisabled: pool.disabled.has(name),
        transport: entry.definition?.target.kind,
        disturbance,
        isStopped: connection !== undefined && this.#stopped.has(connection),
      }
    }
    return undefined
  }

  /** Why it cannot be done now. */
  #obstacle(name: string, subject: Subject, action: FaultAction): string | undefined {
    const { pool, isDisabled, transport, disturbance, isStopped } = subject
    if (!pool.isRunning) return `${name} is not running`
    if (action === 'enable') return isDisabled ? undefined : `${name} is not disabled`
    if (isDisabled) return `${name} is disabled; enable it first`
    switch (action) {
      case 'kill':
      case 'stop':
      case 'continue': {
        const participle = participles[action]
        if (transport === 'http') return `${name} is no process of this machine and cannot be ${participle}`
        if (action !== 'kill' && !this.canStop) return `on Windows no process can be ${participle}`
        if (!disturbance?.connection) return `${name} has no process now`
        if (action === 'stop' && isStopped) return `${name} is stopped already`
        if (action === 'continue' && !isStopped) return `${name} is not stopped`
        return undefined
      }
      case 'slow':
        return disturbance ? undefined : `${name} cannot be slowed down`
      case 'cut':
        return disturbance?.connection ? undefined : `${name} has no connection now`
      default:
        return undefined
    }
  }
}
