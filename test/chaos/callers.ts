import type { Conversation, Outcome, Switchboard } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import { outcomeEvent } from '../history/outcome-event.ts'
import { Random } from '../support/random.ts'
import type { Victim } from './victim.ts'

const conversationsAtOnce = 5
const callersAtOnce = 64

/** What the caller heard, and since when it waited. */
interface Told {
  startedAt: number
  /** Those that could have taken the call; the one that did, where it is known. */
  servers: string[]
  outcome: Outcome
}

/** People who call, all at once: some hang up, some change their mind, some are in a hurry. */
export class Callers {
  begun = 0
  /** When somebody last heard an outcome. */
  heardAt = performance.now()
  readonly #conversations: Conversation[] = []
  #isOver = false

  constructor(
    private readonly switchboard: Switchboard,
    private readonly victims: readonly Victim[],
    private readonly seed: number,
    private readonly record: (event: HistoryEvent) => void,
    private readonly onTold: (told: Told) => void,
  ) {}

  /** Until every caller has heard the outcome of its last call. */
  async run(goesOn: () => boolean): Promise<void> {
    for (let n = 0; n < conversationsAtOnce; n++) this.#conversations.push(this.switchboard.conversation())
    const callers = Array.from({ length: callersAtOnce }, (_, n) => new Random(this.seed, 'caller', n))
    await Promise.all(
      callers.map(async (random) => {
        while (goesOn()) await this.#call(random)
      }),
    )
  }

  /** From now on nothing more is heard. */
  hangUp(): void {
    this.#isOver = true
  }

  async #call(random: Random): Promise<void> {
    const conversation = this.#converse(random)
    const tool = random.chance(0.6) ? 'charge' : 'look'
    const victim = this.victims[random.between(0, this.victims.length - 1)]
    if (!victim) throw new Error('there is nobody to call')
    const name = random.chance(0.005) ? 'no_such_function' : victim.functionOf(tool)
    const siblings = this.victims.filter((other) => other.functionOf(tool) === name)

    this.begun += 1
    const callId = `call-${this.begun}`
    const startedAt = Date.now()
    this.record({ type: 'call', at: startedAt, callId, function: name, mayRepeat: tool === 'look' })

    const hangUp = new AbortController()
    const hangsUpAfterMs = random.chance(0.06) ? random.between(0, 60) : undefined
    const timer = hangsUpAfterMs === undefined ? undefined : setTimeout(() => hangUp.abort(), hangsUpAfterMs)
    const hurry = random.chance(0.04) ? { timeoutMs: random.between(1, 150) } : {}
    const outcome = await conversation.call(name, argumentsOf(callId, random), {
      signal: hangUp.signal,
      ...hurry,
    })
    clearTimeout(timer)
    if (this.#isOver) return

    this.heardAt = performance.now()
    this.record(outcomeEvent(Date.now(), callId, outcome))
    const { server } = outcome
    const servers = server === undefined ? siblings.map((sibling) => sibling.name) : [server]
    this.onTold({ startedAt, servers, outcome })
  }

  /** One of those that are going on; now and then it is interrupted, or ends and another begins. */
  #converse(random: Random): Conversation {
    const index = random.between(0, conversationsAtOnce - 1)
    const conversation = this.#conversations[index]
    if (conversation && !random.chance(0.002)) {
      if (random.chance(0.004)) conversation.interrupt()
      return conversation
    }
    void conversation?.end()
    const next = this.switchboard.conversation()
    this.#conversations[index] = next
    return next
  }
}

function argumentsOf(call: string, random: Random) {
  const takes = random.chance(0.1) ? { takesMs: random.between(5, 150) } : {}
  if (random.chance(0.01)) return { call, takesMs: 'wrong' }
  if (random.chance(0.02)) return { call, ...takes, answer: 'error' }
  if (random.chance(0.02)) return { call, ...takes, answer: 'misfit' }
  return { call, ...takes }
}
