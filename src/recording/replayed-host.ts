import type { ServerEntry } from '../config/definition.ts'
import { SealedTarget } from '../config/sealed-target.ts'
import type { Policy } from '../contract/policy.ts'
import { type Dependencies, supervisorOf } from '../switchboard/dependencies.ts'
import { LiveConversation } from '../switchboard/live-conversation.ts'
import { Publisher } from '../switchboard/publisher.ts'
import { ServerPool } from '../switchboard/server-pool.ts'
import type { HostInput, RecordedEntry } from './tape.ts'

/** Answers are inputs of their own. */
const unanswered = new Promise<never>(() => {})

/** Gives the host's commands again, each to the same pool or conversation. */
export class ReplayedHost {
  readonly #dependencies: Dependencies
  readonly #supervisor: ReturnType<typeof supervisorOf>
  readonly #pools = new Map<number, ServerPool>()
  readonly #conversations = new Map<number, LiveConversation>()
  readonly #cancels = new Map<string, AbortController>()
  #callId = ''

  constructor(
    private readonly policy: Policy,
    dependencies: Dependencies,
  ) {
    this.#dependencies = { ...dependencies, newId: () => this.#callId }
    this.#supervisor = supervisorOf(dependencies)
  }

  /** Why it cannot be given, if it cannot. */
  give(input: HostInput): string | undefined {
    if ('conversation' in input) return this.#giveToConversation(input)
    const pool = this.#pool(input.pool)
    if (input.type === 'servers.start') pool.start(input.entries.map(entryOf))
    else if (input.type === 'servers.configure') pool.configure(input.entries.map(entryOf))
    else if (input.type === 'server.restart') pool.restart(input.name)
    else if (input.type === 'server.renew') pool.renew(input.name)
    else if (input.type === 'server.read') {
      const { type: _, pool: __, name, ...read } = input
      const reader = { send: () => {} }
      pool.directory.entry(name)?.server.send({ type: 'read.start', ...read, reader })
    } else if (input.type === 'server.read.cancel') {
      pool.directory.entry(input.name)?.server.send({ type: 'read.cancel', readId: input.readId })
    } else if (input.type === 'servers.unknown') pool.tellProblem(input.problem)
    else if (input.type === 'servers.await') void pool.settled(input.timeoutMs)
    else if (input.type === 'servers.settle') pool.directory.settle()
    else void pool.stop()
    return undefined
  }

  #giveToConversation(input: Extract<HostInput, { conversation: number }>): string | undefined {
    if (input.type === 'conversation.open') {
      this.#conversations.set(input.conversation, this.#converse(input.id, this.#pool(input.pool)))
      return undefined
    }
    const conversation = this.#conversations.get(input.conversation)
    if (!conversation) return `conversation ${input.conversation} was not opened`
    if (input.type === 'function.call') {
      const { callId, name, timeoutMs, response, confirmed } = input
      const controller = new AbortController()
      this.#callId = callId
      this.#cancels.set(callId, controller)
      void conversation.call(name, input.arguments, {
        signal: controller.signal,
        onQuestion: () => unanswered,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(response === undefined ? {} : { response }),
        ...(confirmed === undefined ? {} : { confirmed }),
      })
    } else if (input.type === 'question.answer') {
      conversation.answer(input.callId, input.questionId, input.answer)
    } else if (input.type === 'function.cancel') this.#cancels.get(input.callId)?.abort()
    else if (input.type === 'conversation.interrupt') conversation.interrupt()
    else if (input.type === 'conversation.heard') conversation.heard(input.questionId)
    else if (input.type === 'conversation.speaking') conversation.speaking(input.who, input.isSpeaking)
    else void conversation.end()
    return undefined
  }

  #pool(number: number): ServerPool {
    const known = this.#pools.get(number)
    if (known) return known
    const parent = number === 0 ? undefined : this.#pool(0).directory
    const pool = new ServerPool(this.policy, this.#dependencies, this.#supervisor, new Publisher(), parent)
    this.#pools.set(number, pool)
    return pool
  }

  /** Its own servers, if it has any, are stopped by an input of their own. */
  #converse(id: string, { directory }: ServerPool): LiveConversation {
    return new LiveConversation({
      ...{ id, directory, policy: this.policy, dependencies: this.#dependencies },
      serverEvents: [],
      callEvents: new Publisher(),
      ownServers: undefined,
      isOpen: () => true,
      onEnding: () => {},
      onEnded: () => {},
    })
  }
}

/** Where a server was is not recorded, and nothing asks. */
function entryOf(recorded: RecordedEntry): ServerEntry {
  const { name } = recorded
  if ('problem' in recorded) return { name, problem: recorded.problem }
  const { kind, number } = recorded.target
  const target = new SealedTarget(
    kind === 'stdio'
      ? { kind, command: `recorded-${number}`, args: [], env: {} }
      : { kind, url: `http://recorded-${number}.invalid`, headers: {} },
  )
  return { name, definition: { name, target, options: recorded.options } }
}
