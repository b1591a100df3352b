import { describe, expect, test } from 'vitest'
import type { CallOptions, QuestionAnswer, SwitchboardEvent } from '../../src/index.ts'
import { answering, Caller, heardBy, seatRequest, seatSchema } from '../support/caller.ts'
import { type Opened, openReady } from '../support/opened.ts'
import { killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, killServer, type Transport, transports } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { collectWarnings } from '../support/warnings.ts'

const seat = { action: 'accept', content: { seat: '12A' } } as const
const cancel = { action: 'cancel' } as const

async function openBank(transport: Transport, options: Parameters<typeof openReady>[1] = {}) {
  const server = new TestServer('--only', 'ask,charge,wait')
  const opened = await openReady({ bank: await entryOf(server, transport) }, options)
  const ask = (options: CallOptions, args: object = {}) =>
    opened.switchboard.call('ask', { requests: [seatRequest()], ...args }, options)
  return { server, opened, ask }
}

function questionEvents({ events }: Opened): SwitchboardEvent[] {
  return events.filter(({ type }) => type === 'question.asked' || type === 'question.ended')
}

/** How each question ended. */
function endsOf(opened: Opened): string[] {
  return opened.events.flatMap((event) => (event.type === 'question.ended' ? event.how : []))
}

describe.each(transports)('over %s', (transport) => {
  test('the caller is asked what the server wants to know, and the server gets the answer', async () => {
    const { server, opened, ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask(caller)
    const question = await caller.untilAsked()
    caller.answer(seat)
    const outcome = await call

    expect(heardBy(outcome)).toEqual([seat])
    expect(question).toEqual({
      ...{ id: expect.any(String), server: 'bank', function: 'ask', signal: expect.any(AbortSignal) },
      ...{ mode: 'form', message: 'Which seat?', schema: seatSchema },
    })
    expect(question.signal.aborted).toBe(false)
    const facts = {
      ...{ at: expect.any(Number), questionId: question.id, callId: outcome.callId, server: 'bank' },
      ...{ conversationId: expect.any(String), function: 'ask', mode: 'form', message: 'Which seat?' },
    }
    expect(questionEvents(opened)).toEqual([
      { type: 'question.asked', ...facts },
      { type: 'question.ended', how: 'accepted', ...facts },
    ])
    const [client] = server.journal.filter(({ event }) => event === 'client')
    expect(client?.capabilities).toEqual({ elicitation: { form: {}, url: {} } })
  })

  test.each<[QuestionAnswer, string]>([
    [{ action: 'decline' }, 'declined'],
    [cancel, 'cancelled'],
  ])('%j is an answer, too', async (answer, how) => {
    const { opened, ask } = await openBank(transport)
    expect(heardBy(await ask(answering(answer)))).toEqual([answer])
    expect(endsOf(opened)).toEqual([how])
  })

  test('without anybody to ask, a question is cancelled at once', async () => {
    const { opened, ask } = await openBank(transport)
    expect(heardBy(await ask({}))).toEqual([cancel])
    expect(endsOf(opened)).toEqual(['cancelled'])
  })

  test('who does not answer in time is told, and the call goes on', async () => {
    const { opened, ask } = await openBank(transport, { questionTimeoutMs: 200 })
    const caller = new Caller()
    expect(heardBy(await ask(caller))).toEqual([cancel])
    expect(endsOf(opened)).toEqual(['timed_out'])
    expect(caller.questions[0]?.signal).toMatchObject({ aborted: true, reason: 'timed_out' })
    // Too late for anything.
    caller.answer(seat)
    expect(heardBy(await ask(answering(seat)))).toEqual([seat])
  })

  test('a call waits for its caller longer than its own time', async () => {
    const { opened, ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask({ ...caller, timeoutMs: 400 })
    const asked = await caller.untilAsked()
    expect(await opened.switchboard.call('wait', {}, { timeoutMs: 1_000 })).toMatchObject({ ok: false })
    expect(asked.signal.aborted).toBe(false)
    caller.answer(seat)
    expect(heardBy(await call)).toEqual([seat])
  })

  test('a server that is silent while it asks loses neither its call nor its process', async () => {
    const times = { heartbeatDuringCallsMs: 30, heartbeatTimeoutMs: 50, unresponsiveAfterMs: 100 }
    const { server, opened, ask } = await openBank(transport, times)
    const caller = new Caller()
    const call = ask(caller)
    await caller.untilAsked()
    const [pid = 0] = server.pids
    killQuietly(pid, 'SIGSTOP')
    await opened.untilState('bank', 'degraded')
    // Whoever does not ask is given up meanwhile.
    const other = await opened.switchboard.call('charge', { amount: 1 })
    expect(other).toMatchObject({ ok: false, error: { code: 'timed_out' } })
    caller.answer(seat)
    killQuietly(pid, 'SIGCONT')
    expect(heardBy(await call)).toEqual([seat])
    expect(opened.server('bank').generation).toBe(1)
  })

  test('a server that dies while it asks takes its question along', async () => {
    const { server, opened, ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask(caller)
    const { signal } = await caller.untilAsked()
    await killServer(server)
    expect(await call).toMatchObject({ ok: false, error: { code: 'connection_lost', effect: 'unknown' } })
    expect(signal).toMatchObject({ aborted: true, reason: 'withdrawn' })
    expect(endsOf(opened)).toEqual(['withdrawn'])
  })

  test.each<[string, (opened: Opened, controller: AbortController) => unknown]>([
    ['is cancelled', (_, controller) => controller.abort()],
    ['is over with the switchboard', ({ switchboard }) => switchboard.stop()],
  ])('a call that %s takes its question along', async (what, happens) => {
    const { server, opened, ask } = await openBank(transport)
    const [caller, controller] = [new Caller(), new AbortController()]
    const call = ask({ ...caller, signal: controller.signal })
    const { signal } = await caller.untilAsked()
    happens(opened, controller)
    expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'unknown' } })
    expect(signal).toMatchObject({ aborted: true, reason: 'withdrawn' })
    expect(endsOf(opened)).toEqual(['withdrawn'])
    if (what !== 'is cancelled') return
    await server.untilNoted('heard')
    // Two requests over HTTP may overtake each other, and an answer ends the tool.
    const isTold = () => server.journal.some(({ event }) => event.startsWith('cancelled'))
    await until(isTold, 'the server hears that the call was cancelled')
    expect(server.journal.flatMap(({ answer }) => answer ?? [])).toEqual([cancel])
  })

  test('a conversation that ends takes its questions along', async () => {
    const { opened } = await openBank(transport)
    const caller = new Caller()
    const conversation = opened.switchboard.conversation()
    const call = conversation.call('ask', { requests: [seatRequest()] }, caller)
    const { signal } = await caller.untilAsked()
    await conversation.end()
    expect(signal).toMatchObject({ aborted: true, reason: 'withdrawn' })
    expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled' } })
  })

  test('a question that the server takes back is withdrawn, and the call goes on', async () => {
    const { server, opened, ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask(caller, { withdraw: 'enough', last: 'done' })
    const { signal } = await caller.untilAsked()
    server.release('enough')
    await opened.until('the question has ended', () => endsOf(opened).length > 0)
    expect(endsOf(opened)).toEqual(['withdrawn'])
    expect(signal).toMatchObject({ aborted: true, reason: 'withdrawn' })
    server.release('done')
    expect(heardBy(await call)).toEqual([{ withdrawn: true }])
  })

  test('what a server asks at the same time is asked one after the other', async () => {
    const { opened, ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask(caller, { together: true, requests: [seatRequest('First?'), seatRequest('Second?')] })
    await caller.untilAsked(1)
    expect(caller.messages).toEqual(['First?'])
    caller.answer(seat)
    await caller.untilAsked(2)
    caller.answer({ action: 'decline' })
    expect(heardBy(await call)).toEqual([seat, { action: 'decline' }])
    expect(caller.messages).toEqual(['First?', 'Second?'])
    expect(endsOf(opened)).toEqual(['accepted', 'declined'])
  })

  test('an answer that does not fit is not sent: the caller is asked again, and told why', async () => {
    const { ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask(caller)
    const first = await caller.untilAsked(1)
    caller.answer({ action: 'accept', content: { seat: '12A', card: '4242' } })
    const second = await caller.untilAsked(2)
    expect(second).toEqual({ ...first, problem: 'card is not known' })
    expect(second.signal).toBe(first.signal)
    caller.answer(seat)
    expect(heardBy(await call)).toEqual([seat])
  })

  test('the third answer that does not fit is a cancel', async () => {
    const { opened, ask } = await openBank(transport)
    const caller = new Caller()
    const call = ask(caller)
    for (const count of [1, 2, 3]) {
      await caller.untilAsked(count)
      caller.answer({ action: 'accept', content: {} })
    }
    expect(heardBy(await call)).toEqual([cancel])
    expect(endsOf(opened)).toEqual(['cancelled'])
    expect(caller.questions[0]?.signal).toMatchObject({ aborted: true, reason: 'cancelled' })
    expect(caller.questions).toHaveLength(3)
  })

  test.each<[string, NonNullable<CallOptions['onQuestion']>, string]>([
    [
      'throws',
      () => {
        throw new Error('a bug')
      },
      'a bug',
    ],
    ['rejects', () => Promise.reject(new Error('no line')), 'no line'],
    // What has no types may give anything.
    [
      'gives what is no answer',
      async () => JSON.parse('{ "action": "perhaps" }'),
      'it gave what is no answer',
    ],
  ])('a callback that %s cancels the question, with a warning', async (_, onQuestion, words) => {
    const { ask } = await openBank(transport)
    const warnings = collectWarnings()
    expect(heardBy(await ask({ onQuestion }))).toEqual([cancel])
    await warnings.until(`onQuestion failed, so the question is cancelled: ${words}`)
  })

  test('a page is handed over, and the server hears of the consent alone', async () => {
    const { ask } = await openBank(transport)
    const caller = new Caller()
    const page = { mode: 'url', message: 'Please sign in', url: 'https://bank.example/sign-in?for=1' }
    const call = ask(caller, { requests: [{ params: { ...page, elicitationId: '1' } }] })
    expect(await caller.untilAsked()).toEqual({
      ...{ id: expect.any(String), server: 'bank', function: 'ask', signal: expect.any(AbortSignal) },
      ...page,
    })
    caller.answer(seat)
    expect(heardBy(await call)).toEqual([{ action: 'accept' }])
  })
})

describe('two conversations at one server', () => {
  /** Each with a call that asks once `go` is there, and ends when both have been answered: until then both may be meant. */
  async function twoCalls(transport: Transport, where: 'answer' | 'events') {
    const { server, opened } = await openBank(transport)
    const callers = [new Caller(), new Caller()]
    const calls = callers.map((caller, index) => {
      const requests = [seatRequest(`For caller ${index}?`)]
      return opened.switchboard
        .conversation()
        .call('ask', { requests, first: 'go', last: 'end', where }, caller)
    })
    const answered = () => server.journal.filter(({ answer }) => answer !== undefined).length
    void until(() => answered() === 2, 'both questions are answered').then(() => server.release('end'))
    await until(() => server.runs('ask').started === 2, 'both calls are at the server')
    server.release('go')
    return { callers, calls }
  }

  test('over HTTP, each hears what comes on the stream of its own answer', async () => {
    const { callers, calls } = await twoCalls('http', 'answer')
    for (const [index, caller] of callers.entries()) {
      await caller.untilAsked()
      caller.answer({ action: 'accept', content: { seat: `${index}` } })
    }
    expect((await Promise.all(calls)).map(heardBy)).toEqual([
      [{ action: 'accept', content: { seat: '0' } }],
      [{ action: 'accept', content: { seat: '1' } }],
    ])
    expect(callers.map(({ messages }) => messages)).toEqual([['For caller 0?'], ['For caller 1?']])
  })

  test.each<[Transport, 'answer' | 'events']>([
    ['stdio', 'answer'],
    ['http', 'events'],
  ])('over %s, what does not say to which it belongs is asked of nobody (%s)', async (transport, where) => {
    const { callers, calls } = await twoCalls(transport, where)
    expect((await Promise.all(calls)).map(heardBy)).toEqual([[cancel], [cancel]])
    expect(callers.map(({ messages }) => messages)).toEqual([[], []])
  })

  test.each<[Transport, 'answer' | 'events']>([
    ['stdio', 'answer'],
    ['http', 'answer'],
    ['http', 'events'],
  ])(
    'over %s, one does not hear what the cancelled call of the other asks (%s)',
    async (transport, where) => {
      const { server, opened } = await openBank(transport)
      const [first, second] = [new Caller(), new Caller()]
      const controller = new AbortController()
      const requests = [seatRequest('Your secret number?')]
      const given = opened.switchboard.call(
        'ask',
        { requests, first: 'go', where },
        { ...first, signal: controller.signal },
      )
      await server.untilStarted('ask')
      controller.abort()
      await given
      const charge = opened.switchboard.call('charge', { amount: 1, until: 'paid' }, second)
      await server.untilStarted('charge')
      server.release('go')
      // Nothing at all where the stream of a call that was given up is closed.
      if (where === 'events' || transport === 'stdio') {
        await server.untilNoted('heard')
        expect(server.journal.flatMap(({ answer }) => answer ?? [])).toEqual([cancel])
      }
      server.release('paid')
      expect(await charge).toMatchObject({ ok: true })
      expect([first.messages, second.messages]).toEqual([[], []])
    },
  )
})

test('over HTTP, the stream of events may ask for the only call', async () => {
  const { ask } = await openBank('http')
  expect(heardBy(await ask(answering(seat), { where: 'events' }))).toEqual([seat])
})

test('over HTTP, an answer that does not reach the server ends its call before the deadline', async () => {
  const never = 600_000
  const times = { callTimeoutMs: never, heartbeatDuringCallsMs: never, heartbeatMs: never }
  const server = new TestServer('--only', 'ask')
  const http = await server.startHttp()
  const opened = await openReady({ bank: { url: http.url } }, times)
  const caller = new Caller()
  const call = opened.switchboard.call('ask', { requests: [seatRequest()] }, caller)
  await caller.untilAsked()
  await http.control('forget-sessions')
  caller.answer(seat)
  expect(await call).toMatchObject({ ok: false, error: { code: 'connection_lost', effect: 'unknown' } })
  await opened.untilState('bank', 'ready', 2)
})
