import { expect, test } from 'vitest'
import type { CallOptions, Conversation, Outcome, SwitchboardEvent } from '../../src/index.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'

const tools = ['marked_look', 'marked_wait', 'marked_delete', 'marked_ask']
const counts = { looks: 765, waits: 85, confirmations: 50, questions: 50 }
const callsAtOnce = 25

/** A call as its caller knows it, if it was to reach the server. */
interface Told {
  callId: string
  tool: string
  arguments: { owner: string; number: number }
}

/** One of two callers, with a server that has the name and the tools of the other's. */
class Party {
  readonly server = new TestServer('--only', tools.join(','))
  readonly events: SwitchboardEvent[] = []
  readonly told: Told[] = []
  readonly cancelled: string[] = []
  /** What it was told that it had not to be told. */
  readonly wrong: unknown[] = []
  calls = 0
  #last = 0
  #conversation: Conversation | undefined

  constructor(readonly owner: string) {}

  get entry() {
    return this.server.stdio({}, { CREDENTIAL: `key-of-${this.owner}` })
  }

  get conversation(): Conversation {
    if (!this.#conversation) throw new Error('it has no conversation yet')
    return this.#conversation
  }

  async join(conversation: Conversation): Promise<void> {
    this.#conversation = conversation
    await new Promise<void>((resolve) => {
      conversation.subscribe((event) => {
        this.events.push(event)
        if (event.type === 'server.changed' && event.server.state === 'ready') resolve()
      })
    })
  }

  /** Many calls at a time; some are given up once their server works on them. */
  async work(): Promise<void> {
    const kinds = [...Array(counts.looks + counts.waits).keys()].map((index) => index % 10 === 9)
    const one = async () => {
      for (let isWait = kinds.pop(); isWait !== undefined; isWait = kinds.pop()) {
        await (isWait ? this.#wait() : this.#look())
      }
    }
    await Promise.all(Array.from({ length: callsAtOnce }, one))
  }

  /** Calls that need a yes, one after the other: whenever this caller speaks, what it reads itself is interrupted. */
  async confirm(other: Conversation): Promise<void> {
    for (let count = 0; count < counts.confirmations; count++) {
      const args = this.#arguments()
      const response = `response ${args.number}`
      const asked = await this.#call('marked_delete', args, { response })
      const code = asked.ok ? undefined : asked.error.confirmation?.code
      this.conversation.heard(code ?? '')
      this.conversation.speaking('caller', true)
      this.conversation.speaking('caller', false)
      const stolen = await other.call('confirm_call', { code, approved: true })
      if (stolen.ok) this.wrong.push(stolen)
      const outcome = await this.#call('confirm_call', { code, approved: true }, { response })
      this.#expectAnswer(outcome, args.number)
      this.told.push({ callId: outcome.callId, tool: 'marked_delete', arguments: args })
    }
  }

  /** One after the other: over stdio a question does not say whose it is. */
  async beAsked(): Promise<void> {
    for (let count = 0; count < counts.questions; count++) {
      const args = this.#arguments()
      const messages: string[] = []
      const outcome = await this.#call('marked_ask', args, {
        onQuestion: async ({ message }) => {
          messages.push(message)
          return { action: 'accept', content: { word: this.owner } }
        },
      })
      this.#expectAnswer(outcome, args.number)
      this.#expect(messages, [`${this.owner} ${args.number}?`])
      this.told.push({ callId: outcome.callId, tool: 'marked_ask', arguments: args })
    }
  }

  async #look(): Promise<void> {
    const args = this.#arguments()
    const messages: unknown[] = []
    const outcome = await this.#call('marked_look', args, {
      onProgress: ({ message }) => messages.push(message),
    })
    this.#expectAnswer(outcome, args.number)
    // The SDK drops progress that comes in one piece with the answer.
    if (messages.length > 0) this.#expect(messages, [`${this.owner} ${args.number}`])
    this.told.push({ callId: outcome.callId, tool: 'marked_look', arguments: args })
  }

  async #wait(): Promise<void> {
    const args = this.#arguments()
    const controller = new AbortController()
    const messages: unknown[] = []
    const outcome = await this.#call('marked_wait', args, {
      signal: controller.signal,
      onProgress: ({ message }) => {
        messages.push(message)
        controller.abort()
      },
    })
    this.#expect(outcome.ok ? 'ok' : outcome.error.code, 'cancelled')
    this.#expect(messages, [`${this.owner} ${args.number}`])
    this.told.push({ callId: outcome.callId, tool: 'marked_wait', arguments: args })
    this.cancelled.push(outcome.callId)
  }

  #arguments(): Told['arguments'] {
    this.#last += 1
    return { owner: this.owner, number: this.#last }
  }

  #call(name: string, args: object, options?: CallOptions): Promise<Outcome> {
    this.calls += 1
    return this.conversation.call(name, { ...args }, options)
  }

  #expectAnswer(outcome: Outcome, number: number): void {
    this.#expect(outcome.ok ? outcome.text : outcome.error, `key-of-${this.owner} ${this.owner} ${number}`)
  }

  /** Collected, so that one mistake is not hidden by the next. */
  #expect(seen: unknown, wanted: unknown): void {
    if (JSON.stringify(seen) !== JSON.stringify(wanted)) this.wrong.push({ seen, wanted })
  }
}

test('two callers, each with a server of the same name and tools: nothing of one reaches the other', async () => {
  const [anna, bertha] = [new Party('anna'), new Party('bertha')]
  const { switchboard } = await openReady({})
  await Promise.all(
    [anna, bertha].map((party) =>
      party.join(
        switchboard.conversation({ id: `call of ${party.owner}`, mcpServers: { office: party.entry } }),
      ),
    ),
  )

  await Promise.all([anna.work(), bertha.confirm(anna.conversation)])
  await Promise.all([bertha.work(), anna.confirm(bertha.conversation)])
  await Promise.all([anna.beAsked(), bertha.beAsked()])

  for (const [party, other] of [
    [anna, bertha],
    [bertha, anna],
  ] as const) {
    const { server, events, conversation } = party
    expect(party.wrong).toEqual([])
    expect(party.calls).toBe(1_000)
    const ran = server.ledger.filter(({ event }) => event === 'start')
    const byCall = ran.map(({ callId, tool, arguments: args }) => ({ callId, tool, arguments: args }))
    expect(byCall.sort(byCallId)).toEqual(party.told.sort(byCallId))
    const cancelled = server.journal.flatMap((note) => (note.event === 'cancelled' ? note.callId : []))
    expect(cancelled.sort()).toEqual(party.cancelled.sort())
    expect(server.journal.flatMap(({ answer }) => answer ?? [])).toEqual(
      Array(counts.questions).fill({ action: 'accept', content: { word: party.owner } }),
    )
    expect(server.pids).toHaveLength(1)

    expect(events.filter((event) => JSON.stringify(event).includes(other.owner))).toEqual([])
    const foreign = events.filter(
      (event) => 'conversationId' in event && event.conversationId !== conversation.id,
    )
    expect(foreign).toEqual([])
    const pids = events.flatMap((event) => (event.type === 'server.changed' ? (event.server.pid ?? []) : []))
    expect(new Set(pids)).toEqual(new Set(server.pids))
    // Its own, and the codes that the other one tried in vain.
    const ended = events.filter(({ type }) => type === 'call.ended')
    expect(ended).toHaveLength(1_000 + counts.confirmations)
  }
})

function byCallId(a: { callId?: string | undefined }, b: { callId?: string | undefined }): number {
  return (a.callId ?? '').localeCompare(b.callId ?? '')
}
