import type { LogMessage, ServerStatus } from '../../contract/protocol.ts'
import type { Projection } from '../../inspection/projection.ts'
import type { FaultFacts, FaultTarget } from '../faults/faults.ts'
import type { ServerView } from '../wire.ts'
import { Newest } from './bounded.ts'

const maxStates = 200
const maxLatencies = 200
const maxLogs = 20
const maxFunctionNames = 200
const maxStderrCharacters = 2_000

interface ServerRecord {
  status: ServerStatus
  conversationId: string | undefined
  states: Newest<ServerView['states'][number]>
  latencies: Newest<ServerView['latencies'][number]>
  logs: Newest<ServerView['logs'][number]>
  failure: ServerView['lastFailure']
}

/** The servers as they are, and how they came there. */
export class ServerBook {
  readonly #servers = new Map<string, ServerRecord>()
  readonly #changed = new Set<string>()
  readonly #removed: { name: string; conversationId?: string }[] = []

  constructor(
    private readonly projection: Projection,
    private readonly faultsOf: (target: FaultTarget) => FaultFacts,
    private readonly inFlightOf: (target: FaultTarget) => number,
  ) {}

  get views(): ServerView[] {
    return [...this.#servers.values()].map((record) => this.#view(record))
  }

  takeChanged(): { changed: ServerView[]; removed: { name: string; conversationId?: string }[] } {
    const changed = [...this.#changed].flatMap((key) => {
      const record = this.#servers.get(key)
      return record ? [this.#view(record)] : []
    })
    this.#changed.clear()
    return { changed, removed: this.#removed.splice(0) }
  }

  update(status: ServerStatus, conversationId: string | undefined, at: number): void {
    const key = keyOf(status.name, conversationId)
    const known = this.#servers.get(key)
    const record: ServerRecord = known ?? {
      status,
      conversationId,
      states: new Newest(maxStates),
      latencies: new Newest(maxLatencies),
      logs: new Newest(maxLogs),
      failure: undefined,
    }
    const { lastError, stderr } = status
    const isNews = lastError !== known?.status.lastError || stderr !== known?.status.stderr
    if (lastError !== undefined && isNews) record.failure = { at, ...this.#said(lastError, stderr) }
    record.status = status
    this.#servers.set(key, record)
    this.#changed.add(key)
    if (record.states.last?.state !== status.state) {
      record.states.push({ at: known ? at : status.since, state: status.state })
    }
    if (status.state === 'closed') this.#left(record)
  }

  logged(name: string, conversationId: string | undefined, at: number, message: LogMessage): void {
    const key = keyOf(name, conversationId)
    const { level, logger, text, dropped } = message
    this.#servers.get(key)?.logs.push({
      ...{ at, level, logger: logger && this.projection.text(logger) },
      ...{ text: this.projection.text(text), dropped },
    })
    if (this.#servers.has(key)) this.#changed.add(key)
  }

  /** What was done to it, or may be done, has changed. */
  touch({ name, conversationId }: FaultTarget): void {
    const key = keyOf(name, conversationId)
    if (this.#servers.has(key)) this.#changed.add(key)
  }

  answered(name: string, conversationId: string, at: number, ms: number): void {
    this.#servers.get(this.called(name, conversationId))?.latencies.push({ at, ms })
  }

  /** A call went out to it or has ended: it has more or fewer in flight. */
  called(name: string, conversationId: string): string {
    const own = keyOf(name, conversationId)
    const key = this.#servers.has(own) ? own : keyOf(name, undefined)
    this.#changed.add(key)
    return key
  }

  /** All of a conversation's own. */
  leave(conversationId: string): void {
    for (const record of this.#servers.values()) {
      if (record.conversationId === conversationId) this.#remove(record)
    }
  }

  /** Of all others nothing is left but those that are disabled. */
  keepOnly(present: { name: string; conversationId: string | undefined }[]): void {
    const kept = new Set(present.map(({ name, conversationId }) => keyOf(name, conversationId)))
    for (const [key, record] of this.#servers) if (!kept.has(key)) this.#left(record)
  }

  /** One that is disabled can be enabled again: it stays in sight. */
  #left(record: ServerRecord): void {
    const { status, conversationId, states } = record
    if (!this.faultsOf({ name: status.name, conversationId }).isDisabled) this.#remove(record)
    else if (states.last?.state !== 'disabled') states.push({ at: status.since, state: 'disabled' })
  }

  #remove({ status: { name }, conversationId }: ServerRecord): void {
    this.#servers.delete(keyOf(name, conversationId))
    this.#removed.push({ name, ...(conversationId === undefined ? {} : { conversationId }) })
  }

  #view({ status, conversationId, states, latencies, logs, failure }: ServerRecord): ServerView {
    const { offered: faults, ...facts } = this.faultsOf({ name: status.name, conversationId })
    return {
      ...status,
      ...this.#readable(status),
      ...{ functionCount: status.functions.length, rejectedCount: status.rejected.length },
      inFlight: this.inFlightOf({ name: status.name, conversationId }),
      ...(conversationId === undefined ? {} : { conversationId }),
      ...{ faults, ...facts, states: [...states.items], latencies: [...latencies.items] },
      logs: [...logs.items],
      ...(failure === undefined ? {} : { lastFailure: failure }),
    }
  }

  #said(error: string, stderr: string | undefined): { error: string; stderr?: string } {
    return {
      error: this.projection.text(error),
      ...(stderr === undefined ? {} : { stderr: this.projection.text(stderr, maxStderrCharacters) }),
    }
  }

  #readable({ lastError, stderr, functions, rejected }: ServerStatus): Partial<ServerView> {
    return {
      ...(lastError === undefined ? {} : { lastError: this.projection.text(lastError) }),
      ...(stderr === undefined ? {} : { stderr: this.projection.text(stderr, maxStderrCharacters) }),
      functions: functions.slice(0, maxFunctionNames),
      rejected: rejected.slice(0, maxFunctionNames).map(({ name, reason }) => ({
        name: this.projection.text(name),
        reason: this.projection.text(reason),
      })),
    }
  }
}

function keyOf(name: string, conversationId: string | undefined): string {
  return `${conversationId ?? ''}/${name}`
}
