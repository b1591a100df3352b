import type { ServerEntry } from '../config/definition.ts'
import type { SealedTarget } from '../config/sealed-target.ts'
import type { Directory } from '../machines/directory.ts'
import type { HostCommand } from '../switchboard/witness.ts'
import type { HostInput, RecordedEntry } from './tape.ts'

/** The host's commands as they stand on a tape: numbers instead of objects, and nothing of a target but its kind. */
export class HostInputs {
  readonly #pools = new Numbers()
  readonly #conversations = new Numbers()
  /** By fingerprint. */
  readonly #targets = new Map<string, number>()

  /** `onTargets`: those that a pool has now. */
  constructor(private readonly onTargets: (pool: number, targets: ReadonlySet<SealedTarget>) => void) {}

  from(command: HostCommand): HostInput {
    switch (command.type) {
      case 'servers.start':
      case 'servers.configure': {
        const { type, directory, entries } = command
        const pool = this.#pool(directory)
        this.onTargets(pool, new Set(entries.flatMap(({ definition }) => definition?.target ?? [])))
        return { type, pool, entries: entries.map((entry) => this.#entry(entry)) }
      }
      case 'conversation.open': {
        const { type, directory, conversation, id } = command
        return { type, pool: this.#pool(directory), conversation: this.#conversations.of(conversation), id }
      }
      case 'servers.stop': {
        const { type, directory } = command
        const pool = this.#pool(directory)
        // Of a conversation; the shared one goes with the recording.
        if (directory.parent) this.onTargets(pool, new Set())
        return { type, pool }
      }
      case 'servers.await':
      case 'servers.settle':
      case 'servers.unknown':
      case 'server.restart':
      case 'server.renew':
      case 'server.read':
      case 'server.read.cancel': {
        const { directory, ...rest } = command
        return { ...rest, pool: this.#pool(directory) }
      }
      default: {
        const { conversation, ...rest } = command
        return { ...rest, conversation: this.#conversations.of(conversation) }
      }
    }
  }

  /** The shared pool is the first. */
  #pool(directory: Directory): number {
    if (directory.parent) this.#pool(directory.parent)
    return this.#pools.of(directory)
  }

  #entry({ name, problem, definition }: ServerEntry): RecordedEntry {
    if (definition === undefined) return { name, problem: problem ?? '' }
    const { target, options } = definition
    const { kind, fingerprint } = target
    const number = this.#targets.get(fingerprint) ?? this.#targets.size
    this.#targets.set(fingerprint, number)
    return { name, target: { kind, number }, options }
  }
}

/** In the order in which they are first named. */
class Numbers {
  readonly #numbers = new WeakMap<object, number>()
  #next = 0

  of(one: object): number {
    const known = this.#numbers.get(one)
    if (known !== undefined) return known
    this.#numbers.set(one, this.#next)
    return this.#next++
  }
}
