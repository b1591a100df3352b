import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Exchange } from './phone.ts'

const exchange = new Exchange()
beforeAll(() => exchange.open())
afterAll(() => exchange.close())

const question = 'office asks: Which seat do you want?'
const booked = 'You have a seat at the aisle.'
const declined = 'No seat was booked, after decline.'
const withdrawn = 'No seat was booked, after cancel.'
const sentences = [
  ...[question, booked, declined, withdrawn, 'You have a seat at the window.'],
  ...['One moment, I am on it.', 'I am still on it, please wait a little longer.'],
]

async function call(server: TestServer, options = {}) {
  server.release('book_seat')
  const opened = await openReady({ office: server.stdio() }, { fillerAfterMs: 1_500, ...options })
  return exchange.dial(opened.switchboard.conversation())
}

test('a server’s question is asked aloud, and the caller’s answer reaches it', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('book a seat')
  await phone.untilHeard(1)
  await phone.say('aisle please')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([question, booked])
  expect(server.runs('book_seat')).toEqual({ started: 1, finished: 1 })
  expect(exchange.openCalls).toEqual([])
})

test('a caller who does not want to say is not asked again', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('book a seat')
  await phone.untilHeard(1)
  await phone.say('I would rather not say')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([question, declined])
  expect(exchange.openCalls).toEqual([])
})

test('a caller who says nothing is told what becomes of it', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server, { questionTimeoutMs: 2_500 })

  await phone.say('book a seat')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([question, withdrawn])
  expect(exchange.openCalls).toEqual([])
})
