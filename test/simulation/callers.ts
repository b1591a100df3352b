import type { QuestionReply } from '../../src/contract/connection.ts'
import type {
  CallOptions,
  Conversation,
  Outcome,
  Question,
  QuestionAnswer,
  Switchboard,
  SwitchboardEvent,
} from '../../src/index.ts'
import { Random } from '../support/random.ts'
import { answerTo } from './caller-answers.ts'
import { type Deed, withOwnServers } from './plan.ts'
import { entriesOf, ownPlaces } from './scenery.ts'
import type { World } from './world.ts'

type CallDeed = Extract<Deed, { do: 'call' }>

/** For calls and conversations. */
export class Ids {
  #taken = 0

  readonly take = (): string => `id-${++this.#taken}`

  /** The one that is taken next. */
  get next(): string {
    return `id-${this.#taken + 1}`
  }
}

/** Who hears what callers do, and what they are told. */
export interface Stenographer {
  asked: (callId: string, conversationId: string, functionName: string, timeoutMs: number | undefined) => void
  /** A caller hears a question, whose words are its id. */
  questioned: (id: string, callId: string, signal: AbortSignal) => void
  /** And answers it, with what its server has to hear; with nothing where that does not fit. */
  answered: (id: string, fitting: QuestionReply | undefined) => void
  told: (callId: string, functionName: string, outcome: Outcome) => void
  /** A promise was rejected, which none may be. */
  broken: (callId: string, error: unknown) => void
  /** What the conversation with servers of its own tells. */
  heard: (event: SwitchboardEvent) => void
  /** That conversation has ended. */
  left: () => void
}

/** The people who talk: they ask, answer, cancel, interrupt and hang up, and hold a promise for each call. */
export class Callers {
  readonly #conversations = new Map<number, Conversation>()

  #offOwn: (() => void) | undefined

  constructor(
    private readonly switchboard: Switchboard,
    private readonly world: World,
    private readonly ids: Ids,
    private readonly seed: number,
    private readonly stenographer: Stenographer,
  ) {}

  call({ conversation, function: name, ticket, isWrong, timeoutMs, cancelAfterMs }: CallDeed): void {
    const random = new Random(this.seed, 'answers', ticket)
    this.#ask(this.#conversation(conversation), name, isWrong ? {} : { ticket }, (callId) => ({
      ...(random.chance(0.1) ? {} : { onQuestion: (question) => this.#answer(callId, question, random) }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(cancelAfterMs === undefined ? {} : { signal: this.#abortedAfter(cancelAfterMs) }),
    }))
  }

  interrupt(index: number): void {
    this.#conversation(index).interrupt()
  }

  hangUp(index: number): void {
    const conversation = this.#conversations.get(index)
    if (!conversation) return
    this.#conversations.delete(index)
    if (index < withOwnServers) this.#leaveOwn()
    conversation.end()
  }

  hangUpAll(): void {
    for (const index of [...this.#conversations.keys()]) this.hangUp(index)
  }

  /** One after the other: the policy may allow no more. */
  async askEach(names: readonly string[], ticket: string): Promise<Outcome[]> {
    const conversation = this.switchboard.conversation()
    const outcomes: Outcome[] = []
    for (const name of names) outcomes.push(await this.#ask(conversation, name, { ticket }))
    await conversation.end()
    return outcomes
  }

  #ask(
    conversation: Conversation,
    name: string,
    args: { ticket?: string },
    optionsOf: (callId: string) => CallOptions = () => ({}),
  ): Promise<Outcome> {
    const { stenographer } = this
    const callId = this.ids.next
    const options = optionsOf(callId)
    stenographer.asked(callId, conversation.id, name, options.timeoutMs)
    const outcome = conversation.call(name, args, options)
    outcome.then(
      (outcome) => stenographer.told(callId, name, outcome),
      (error) => stenographer.broken(callId, error),
    )
    return outcome
  }

  /** Soon, late, too late or never. */
  #answer(callId: string, { message: id, mode, signal }: Question, random: Random): Promise<QuestionAnswer> {
    this.stenographer.questioned(id, callId, signal)
    return new Promise((resolve) => {
      if (random.chance(0.05)) return
      const { answer, fitting } = answerTo(mode, random)
      this.world.after(random.spread(100, 70_000), () => {
        this.stenographer.answered(id, fitting)
        resolve(answer)
      })
    })
  }

  #leaveOwn(): void {
    this.#offOwn?.()
    this.stenographer.left()
  }

  #abortedAfter(delayMs: number): AbortSignal {
    const controller = new AbortController()
    this.world.after(delayMs, () => controller.abort())
    return controller.signal
  }

  #conversation(index: number): Conversation {
    const known = this.#conversations.get(index)
    if (known) return known
    const hasOwn = index < withOwnServers
    const conversation = this.switchboard.conversation(hasOwn ? { mcpServers: entriesOf(ownPlaces) } : {})
    if (hasOwn) this.#offOwn = conversation.subscribe(this.stenographer.heard)
    this.#conversations.set(index, conversation)
    return conversation
  }
}
