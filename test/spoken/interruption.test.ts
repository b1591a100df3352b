import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Exchange } from './phone.ts'

const exchange = new Exchange()
beforeAll(() => exchange.open())
afterAll(() => exchange.close())

const found = 'I found two pages about breaking news.'
const sent = 'The mail to carol is on its way.'
const cancelled = 'send email was cancelled. I do not know whether it was done.'
const sentences = [
  ...[found, sent, cancelled, 'I found two pages about state machines.'],
  ...['The mail to carol is not on its way.', 'send email was cancelled. Nothing was done.'],
]

async function call(server: TestServer) {
  const opened = await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000 })
  return exchange.dial(opened.switchboard.conversation())
}

test('the caller asks for something else: a search is cancelled at its server at once, and not spoken of', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('search the web for state machines')
  await server.untilStarted('search_web')
  const asking = phone.say('search the web for breaking news')
  await server.untilNoted('cancelled')
  await asking
  await phone.untilCalled('search_web', 2)
  server.release('search_web')
  await phone.untilHeard(1)

  expect(await phone.heard(sentences)).toEqual([found])
  expect(exchange.openCalls).toEqual([])
})

test('the caller speaks while a mail goes out: it goes out once, and the caller is told', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('send an email to carol')
  await server.untilStarted('send_email')
  await phone.say('search the web for breaking news')
  await phone.untilCalled('search_web')
  server.release('search_web')
  await phone.untilHeard(1)
  server.release('send_email')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([found, sent])
  expect(server.runs('send_email')).toEqual({ started: 1, finished: 1 })
  expect(server.journal.filter(({ event }) => event === 'cancelled')).toEqual([])
  expect(exchange.openCalls).toEqual([])
})

test('a result that comes while the caller speaks is told with the answer to it', async () => {
  const server = new TestServer('--spoken')
  server.release('search_web')
  const phone = await call(server)

  await phone.say('send an email to carol')
  await server.untilStarted('send_email')
  const asking = phone.say('search the web for breaking news')
  await phone.untilCallerIsHeard()
  server.release('send_email')
  await asking
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([sent, found])
  expect(exchange.openCalls).toEqual([])
})

test('“never mind” cancels what can be cancelled, and the agent does not claim more', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('send an email to carol')
  await server.untilStarted('send_email')
  await phone.say('never mind')
  await phone.untilHeard(1)

  expect(await phone.heard(sentences)).toEqual([cancelled])
  await server.untilNoted('cancelled')
  expect(server.runs('send_email')).toEqual({ started: 1, finished: 0 })
  expect(exchange.openCalls).toEqual([])
})
