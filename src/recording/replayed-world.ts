import { fromCallback } from 'xstate'
import type { ConnectionCommand, ConnectionEvent, ConnectionInput } from '../contract/connection.ts'
import { conversationMachine } from '../machines/conversation.ts'
import { serverMachine } from '../machines/server.ts'
import type { Dependencies } from '../switchboard/dependencies.ts'
import { type Decision, Names, told } from './decision.ts'
import type { RecordedInput, RecordedStep } from './read-tape.ts'
import type { WorldInput } from './tape.ts'

interface ReplayedConnection {
  sendBack: (event: ConnectionEvent) => void
  onClosed: () => void
  failure?: Error
}

/** What the machines take for the world: nothing happens in it but what is recorded. */
export class ReplayedWorld {
  readonly #names = new Names()
  readonly #timers = new Map<string, () => void>()
  readonly #connections = new Map<string, ReplayedConnection>()
  #now = 0
  #randoms: number[] = []

  constructor(private readonly decide: (decision: Decision) => void) {}

  get dependencies(): Dependencies {
    return {
      now: () => this.#now,
      random: () => this.#random(),
      newId: () => '',
      clock: {
        setTimeout: (work, delayMs) => {
          const timer = this.#names.next()
          this.#timers.set(timer, work)
          this.decide({ type: 'timer.set', timer, delayMs })
          return timer
        },
        clearTimeout: (timer: unknown) => {
          if (typeof timer !== 'string') return
          this.#timers.delete(timer)
          this.decide({ type: 'timer.cleared', timer })
        },
      },
      connection: fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive }) => {
        const connection: ReplayedConnection = { sendBack, onClosed: input.onClosed }
        const name = this.#names.next()
        this.#connections.set(name, connection)
        const decide = (decision: Decision) => {
          this.decide(decision)
          if (connection.failure) throw connection.failure
        }
        receive((command) => decide(told(name, command)))
        const { definition, generation } = input
        decide({ type: 'connection.dialled', connection: name, server: definition.name, generation })
      }),
      server: serverMachine,
      conversation: conversationMachine,
      witness: {
        command: (_, work) => work(),
        published: (event) => this.decide({ type: 'published', event }),
      },
    }
  }

  /** What is drawn until the next one. */
  expect({ decisions }: RecordedStep): void {
    this.#randoms = decisions.flatMap(({ type, value }) =>
      type === 'random.drawn' && typeof value === 'number' ? value : [],
    )
  }

  begin({ number, at }: RecordedInput): void {
    this.#now = at
    this.#names.begin(number)
  }

  /** Why it cannot happen, if it cannot. */
  give(input: WorldInput): string | undefined {
    if (input.type === 'timer.fired') {
      const work = this.#timers.get(input.timer)
      this.#timers.delete(input.timer)
      if (!work) return `timer ${input.timer} is not running`
      work()
      return undefined
    }
    const connection = this.#connections.get(input.connection)
    if (!connection) return `connection ${input.connection} was not made`
    if (input.type === 'connection.event') connection.sendBack(input.event)
    else if (input.type === 'connection.gone') connection.onClosed()
    else connection.failure = new Error(input.message)
    return undefined
  }

  #random(): number {
    const value = this.#randoms.shift() ?? 0.5
    this.decide({ type: 'random.drawn', value })
    return value
  }
}
