import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Exchange } from './phone.ts'

const exchange = new Exchange()
beforeAll(() => exchange.open())
afterAll(() => exchange.close())

const answer = 'I found two pages about state machines.'
const filler = 'One moment, I am on it.'
const again = 'I am still on it, please wait a little longer.'
const sentences = [answer, filler, again, 'I found two pages about breaking news.', 'One moment, it is done.']

test('a caller who waits hears that it is being done, hears it again later, and then the answer', async () => {
  const server = new TestServer('--spoken')
  const opened = await openReady({ web: server.stdio() }, { fillerAfterMs: 400, fillerAgainAfterMs: 800 })
  const phone = await exchange.dial(opened.switchboard.conversation())

  await phone.say('search the web for state machines')
  await phone.untilHeard(2)
  server.release('search_web')
  await phone.untilHeard(3)

  expect(await phone.heard(sentences)).toEqual([filler, again, answer])
  expect(server.runs('search_web')).toEqual({ started: 1, finished: 1 })
  expect(exchange.openCalls).toEqual([])
})

test('an answer that comes at once is not talked around', async () => {
  const server = new TestServer('--spoken')
  server.release('search_web')
  const opened = await openReady({ web: server.stdio() }, { fillerAfterMs: 10_000 })
  const phone = await exchange.dial(opened.switchboard.conversation())

  await phone.say('search the web for state machines')
  await phone.untilHeard(1)

  expect(await phone.heard(sentences)).toEqual([answer])
})
