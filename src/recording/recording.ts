import { type CallbackLogicFunction, fromCallback } from 'xstate'
import type { z } from 'zod'
import type { ConnectionCommand, ConnectionEvent, ConnectionInput } from '../contract/connection.ts'
import { messageOf } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type { SwitchboardEvent } from '../contract/protocol.ts'
import { packageVersion } from '../contract/version.ts'
import type { Dependencies } from '../switchboard/dependencies.ts'
import type { HostCommand, Witness } from '../switchboard/witness.ts'
import { type Decision, Names, told } from './decision.ts'
import { HostInputs } from './host-inputs.ts'
import { jsonOf } from './json.ts'
import { TapeMask } from './mask.ts'
import { formatVersion, type Input, type lineSchema } from './tape.ts'

type Line = z.input<typeof lineSchema>
type Connection = CallbackLogicFunction<ConnectionCommand, ConnectionEvent, ConnectionInput>

export interface Recording {
  /** Those that were given, each with an ear in it. While the machines react, time stands still. */
  dependencies: Dependencies
  /** The recording has all that was to be recorded. */
  end(): void
}

/**
 * Everything that the machines get of the world through `dependencies`, and what they decide, goes to `write`: one line
 * each, secrets hidden.
 */
export function recording(
  policy: Policy,
  dependencies: Dependencies,
  write: (line: string) => void,
): Recording {
  const recorder = new Recorder(dependencies, write)
  recorder.open(policy)
  return { dependencies: recorder.dependencies, end: () => recorder.write({ line: 'end' }) }
}

class Timer {
  constructor(
    readonly name: string,
    readonly id: unknown,
  ) {}
}

class Recorder implements Witness {
  readonly #names = new Names()
  readonly #mask = new TapeMask()
  readonly #hostInputs = new HostInputs((...known) => this.#mask.targets.learn(...known))
  #inputs = 0
  /** When the input came that the machines react to. */
  #reactingSince: number | undefined
  #isBroken = false

  constructor(
    private readonly original: Dependencies,
    private readonly writeText: (line: string) => void,
  ) {}

  get dependencies(): Dependencies {
    const { clock, connection } = this.original
    return {
      ...this.original,
      now: () => this.#now(),
      random: () => this.#random(),
      clock: {
        setTimeout: (work, delayMs) => {
          const name = this.#names.next()
          this.#decide({ type: 'timer.set', timer: name, delayMs })
          const id: unknown = clock.setTimeout(
            () => this.#input({ type: 'timer.fired', timer: name }, work),
            delayMs,
          )
          return new Timer(name, id)
        },
        clearTimeout: (timer: unknown) => {
          if (!(timer instanceof Timer)) return
          this.#decide({ type: 'timer.cleared', timer: timer.name })
          clock.clearTimeout(timer.id)
        },
      },
      connection: fromCallback<ConnectionCommand, ConnectionInput>(this.#tapped(functionOf(connection))),
      witness: this,
    }
  }

  open(policy: Policy): void {
    const at = this.original.now()
    this.write({ line: 'recording', version: formatVersion, switchboard: packageVersion, at, policy })
  }

  command(command: HostCommand, work: () => void): void {
    this.#input(this.#hostInputs.from(command), work)
  }

  published(event: SwitchboardEvent): void {
    this.#decide({ type: 'published', event })
  }

  /** A recording that fails must not harm what it records. */
  write(line: Line): void {
    if (this.#isBroken) return
    try {
      this.writeText(`${JSON.stringify(this.#mask.apply(jsonOf(line)))}\n`)
    } catch (error) {
      this.#isBroken = true
      process.emitWarning(`the recording ends here: ${messageOf(error)}`, 'SwitchboardWarning')
    }
  }

  #input(input: Input, work: () => void): void {
    const number = ++this.#inputs
    const at = this.#now()
    const nested = this.#reactingSince !== undefined
    this.write({ line: 'input', number, at, ...(nested ? { nested } : {}), input })
    this.#names.begin(number)
    this.#reactingSince = at
    try {
      work()
    } finally {
      if (!nested) this.#reactingSince = undefined
    }
  }

  #decide(decision: Decision): void {
    this.write({ line: 'decision', decision })
  }

  /** A reaction has one time, so that a replay need not know how often it is asked for. */
  #now(): number {
    return this.#reactingSince ?? this.original.now()
  }

  #random(): number {
    const value = this.original.random()
    this.#decide({ type: 'random.drawn', value })
    return value
  }

  #tapped(connection: Connection): Connection {
    return (link) => {
      const { input, sendBack, receive } = link
      const name = this.#names.next()
      const guarded = <Result>(work: () => Result): Result => {
        try {
          return work()
        } catch (error) {
          this.#input({ type: 'connection.threw', connection: name, message: messageOf(error) }, () => {})
          throw error
        }
      }
      const { definition, generation, onClosed } = input
      this.#decide({ type: 'connection.dialled', connection: name, server: definition.name, generation })
      return guarded(() =>
        connection({
          ...link,
          input: {
            ...input,
            onClosed: () => this.#input({ type: 'connection.gone', connection: name }, onClosed),
          },
          sendBack: (event) =>
            this.#input({ type: 'connection.event', connection: name, event }, () => sendBack(event)),
          receive: (listener) =>
            receive((command) => {
              this.#decide(told(name, command))
              guarded(() => listener(command))
            }),
        }),
      )
    }
  }
}

/** What an actor of `fromCallback` does; XState keeps it as its `config`. */
function functionOf({ config }: Dependencies['connection']): Connection {
  if (!isFunction(config)) throw new Error('the connection actor is not made with fromCallback')
  return config
}

function isFunction(config: unknown): config is Connection {
  return typeof config === 'function'
}
