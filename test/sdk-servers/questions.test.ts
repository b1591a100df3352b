import { describe, expect, test } from 'vitest'
import type { CallOptions, Question, QuestionAnswer, SwitchboardEvent } from '../../src/index.ts'
import { answering, Caller, heardBy } from '../support/caller.ts'
import { type Opened, openReady } from '../support/opened.ts'
import { everyWay, SdkServer, sdks } from './sdk-server.ts'

const seat = (text: string): QuestionAnswer => ({ action: 'accept', content: { seat: text } })
const schema = { type: 'object', properties: { seat: { type: 'string' } }, required: ['seat'] }

function endsOf({ events }: Opened): string[] {
  return events.flatMap((event: SwitchboardEvent) => (event.type === 'question.ended' ? event.how : []))
}

/** All the same, whatever era a server is of. */
describe.each(everyWay)('of a server on the %s SDK over %s', (sdk, transport) => {
  const openIt = async () => openReady({ it: await new SdkServer(sdk).entry(transport) })

  test('questions are asked, one after the other, and each answer gets to where it belongs', async () => {
    const opened = await openIt()
    const { switchboard } = opened
    const asked: Question[] = []
    const answers: Record<string, QuestionAnswer> = {
      'Which seat?': seat('12A'),
      'There?': seat('1'),
      'Back?': { action: 'decline' },
      'Sign in.': { action: 'accept', content: {} },
    }
    const options: CallOptions = {
      onQuestion: async (question) => {
        asked.push(question)
        return answers[question.message] ?? { action: 'cancel' }
      },
    }
    const answered = async (name: string) => heardBy(await switchboard.call(name, {}, options))

    expect(await answered('ask')).toEqual({ seat: seat('12A') })
    expect(await answered('ask_page')).toEqual({ page: { action: 'accept' } })
    expect(await answered('ask_twice')).toEqual({ there: seat('1'), back: { action: 'decline' } })

    const common = { id: expect.any(String), server: 'it', signal: expect.any(AbortSignal) }
    const twice = ['There?', 'Back?'].map((message) => ({
      ...{ ...common, function: 'ask_twice', mode: 'form', message, schema },
    }))
    expect(asked).toEqual([
      { ...common, function: 'ask', mode: 'form', message: 'Which seat?', schema },
      {
        ...{ ...common, function: 'ask_page', mode: 'url', message: 'Sign in.' },
        url: 'https://example.org/sign-in',
      },
      ...twice,
    ])
    expect(endsOf(opened)).toEqual(['accepted', 'accepted', 'accepted', 'declined'])
  })

  test('a question ends with the call that is cancelled, and one that nobody takes is cancelled', async () => {
    const opened = await openIt()
    // A question over a pipe may be of the call that was given up: it is put to nobody else.
    const conversation = opened.switchboard.conversation()
    const caller = new Caller()
    const cancel = new AbortController()
    const call = conversation.call('ask', {}, { signal: cancel.signal, onQuestion: caller.onQuestion })
    const { signal } = await caller.untilAsked()
    cancel.abort()
    expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'unknown' } })
    expect(signal).toMatchObject({ aborted: true, reason: 'withdrawn' })
    // Too late for anything.
    caller.answer(seat('1'))

    expect(heardBy(await conversation.call('ask', {}))).toEqual({ seat: { action: 'cancel' } })
    expect(heardBy(await conversation.call('ask', {}, answering({ action: 'cancel' })))).toEqual({
      seat: { action: 'cancel' },
    })
    expect(endsOf(opened)).toEqual(['withdrawn', 'cancelled', 'cancelled'])
    expect(opened.server('it')).toMatchObject({ state: 'ready', generation: 1 })
  })
})

test.each(sdks)(
  'to a server on the %s SDK what is not offered is refused: a model, and folders',
  async (sdk) => {
    const opened = await openReady({ it: await new SdkServer(sdk).entry('stdio') })
    const { switchboard } = opened
    // The second SDK looks at what its client offers, the first at what that answers.
    const error =
      sdk === 'v2'
        ? { code: 'protocol_error', cause: expect.stringContaining('do not declare the required capability') }
        : { code: 'tool_error', message: 'it reports an error: MCP error -32601: Method not found' }
    for (const name of ['ask_model', 'ask_roots']) {
      const outcome = await switchboard.call(name, {}, answering(seat('1')))
      expect(outcome).toMatchObject({ ok: false, error: { effect: 'unknown', ...error } })
    }
    expect(endsOf(opened)).toEqual([])
    expect(opened.server('it')).toMatchObject({ state: 'ready', generation: 1 })
  },
)
