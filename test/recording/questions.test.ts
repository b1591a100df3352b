import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { answering, Caller, heardBy, seatRequest } from '../support/caller.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'
import { newFile } from './support.ts'

const seat = { action: 'accept', content: { seat: '12A' } } as const
const page = { params: { mode: 'url', message: 'Sign in', elicitationId: '1', url: 'https://bank.example/' } }

test.each(transports)('questions over %s are decided again as they were', async (transport) => {
  const recordTo = newFile()
  const server = new TestServer('--only', 'ask')
  const entry = await entryOf(server, transport)
  const opened = await openReady({ bank: entry }, { recordTo, questionTimeoutMs: 300 })
  const { switchboard } = opened
  const conversation = switchboard.conversation()
  const once = { requests: [seatRequest()] }
  const outcomes = [
    await conversation.call('ask', { requests: [seatRequest(), page], together: true }, answering(seat)),
    await conversation.call('ask', once, answering({ action: 'accept', content: { seat: 'anywhere' } })),
    await conversation.call('ask', once, new Caller()),
    await conversation.call('ask', once),
  ]
  const [caller, controller] = [new Caller(), new AbortController()]
  const cancelled = conversation.call('ask', once, { ...caller, signal: controller.signal })
  await caller.untilAsked()
  controller.abort()
  await cancelled
  const taken = conversation.call('ask', { ...once, withdraw: 'enough' }, caller)
  await caller.untilAsked(2)
  server.release('enough')
  outcomes.push(await taken)
  await switchboard.stop()

  const cancel = { action: 'cancel' }
  expect(outcomes.map(heardBy)).toEqual([
    ...[[seat, { action: 'accept' }], [cancel], [cancel], [cancel], [{ withdrawn: true }]],
  ])
  const tape = readTape(recordTo)
  const { differences, isWhole, happenings } = replay(tape)
  expect(differences).toEqual([])
  expect(isWhole).toBe(true)
  const ends = happenings.flatMap((one) =>
    'decision' in one && one.decision.type === 'published' && one.decision.event.type === 'question.ended'
      ? one.decision.event.how
      : [],
  )
  expect(ends).toEqual([
    ...['accepted', 'accepted', 'cancelled', 'timed_out', 'cancelled', 'withdrawn', 'withdrawn'],
  ])
})

test('another time for questions than that of the recording is seen where one is asked', async () => {
  const recordTo = newFile()
  const opened = await openReady({ bank: new TestServer('--only', 'ask').stdio() }, { recordTo })
  await opened.switchboard.call('ask', { requests: [seatRequest()] }, answering(seat))
  await opened.switchboard.stop()
  const { heading, ...tape } = readTape(recordTo)

  const policy = { ...heading.policy, questionTimeoutMs: 1 }
  const [first] = replay({ ...tape, heading: { ...heading, policy } }).differences
  expect(first?.after.input).toMatchObject({
    type: 'connection.event',
    event: { type: 'connection.question' },
  })
  expect(first?.expected).toMatchObject([{ type: 'timer.set', delayMs: 60_000 }])
})

test('a secret of the server in an answer is hidden, and the answer stands in no event', async () => {
  const recordTo = newFile()
  const token = 'tok-3f9ac1d2e8'
  const bank = new TestServer('--only', 'ask').stdio({}, { TOKEN: token })
  const opened = await openReady({ bank }, { recordTo })
  const requests = [seatRequest('Which?', { type: 'object', properties: { seat: { type: 'string' } } })]
  const answer = { action: 'accept', content: { seat: `12A ${token}` } } as const
  await opened.switchboard.call('ask', { requests }, answering(answer))
  await opened.switchboard.stop()

  const text = readFileSync(recordTo, 'utf8')
  expect(text).not.toContain(token)
  expect(text).toContain('12A [hidden]')
  const events = opened.events.filter(({ type }) => type.startsWith('question.'))
  expect(events).toHaveLength(2)
  expect(JSON.stringify(events)).not.toContain('12A')
})
