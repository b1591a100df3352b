import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Exchange } from './phone.ts'

const exchange = new Exchange()
beforeAll(() => exchange.open())
afterAll(() => exchange.close())

const found = 'I found two pages about state machines.'
const sent = 'The mail to carol is on its way.'
const lost = 'The connection to office was lost during the call. I do not know whether it was done.'
const sentences = [
  ...[found, sent, lost, 'The mail to the whole team is on its way.'],
  ...['Sorry, I did not catch that. This is a rehearsal and knows only a few sentences.'],
  ...['The connection to office was lost during the call. Nothing was done.'],
]

test('a server that comes during the call can be used, and one that goes cannot', async () => {
  const web = new TestServer('--spoken', '--only', 'search_web')
  const office = new TestServer('--spoken', '--only', 'send_email')
  web.release('search_web')
  office.release('send_email')
  const { switchboard } = await openReady({ web: web.stdio() }, { fillerAfterMs: 60_000 })
  const phone = await exchange.dial(switchboard.conversation())

  await phone.say('search the web for state machines')
  await phone.untilHeard(1)
  await switchboard.configure({ mcpServers: { office: office.stdio() } })
  await phone.untilSayable('send an email to carol')
  await phone.untilSayable('search the web for state machines', false)
  await phone.say('send an email to carol')
  await phone.untilHeard(2)
  await phone.say('search the web for state machines')
  await phone.untilHeard(3)

  const notUnderstood = sentences.find((sentence) => sentence.startsWith('Sorry'))
  expect(await phone.heard(sentences)).toEqual([found, sent, notUnderstood])
  expect(web.runs('search_web')).toEqual({ started: 1, finished: 1 })
  expect(office.runs('send_email')).toEqual({ started: 1, finished: 1 })
  expect(phone.problems).toEqual([])
  expect(exchange.openCalls).toEqual([])
})

test('a server that dies during the call: the caller hears at once that nobody knows, and is served again', async () => {
  const server = new TestServer('--spoken')
  const opened = await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000 })
  const phone = await exchange.dial(opened.switchboard.conversation())

  await phone.say('send an email to carol')
  await server.untilStarted('send_email')
  process.kill(opened.pid('office'), 'SIGKILL')
  await phone.untilHeard(1)
  await opened.untilReady('office')
  server.release('send_email')
  await phone.say('send an email to carol')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([lost, sent])
  expect(server.runs('send_email')).toEqual({ started: 2, finished: 1 })
  expect(exchange.openCalls).toEqual([])
})

test('whoever hangs up leaves no call behind', async () => {
  const server = new TestServer('--spoken')
  const opened = await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000 })
  const phone = await exchange.dial(opened.switchboard.conversation())

  await phone.say('send an email to carol')
  await server.untilStarted('send_email')
  await phone.hangUp()

  await server.untilNoted('cancelled')
  const ends = opened.events.flatMap((event) => (event.type === 'call.ended' ? event.outcome : []))
  expect(ends).toMatchObject([{ ok: false, error: { code: 'cancelled', effect: 'unknown' } }])
  expect(opened.server('office')).toMatchObject({ state: 'ready', inFlight: 0 })
})
