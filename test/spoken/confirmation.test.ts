import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { Exchange } from './phone.ts'

const exchange = new Exchange()
beforeAll(() => exchange.open())
afterAll(() => exchange.close())

const questionOf = (owner: string) => `Shall I delete account, with the owner ${owner}?`
const question = questionOf('carol')
const gone = 'The account of carol is gone.'
const declined = 'delete account was not wanted. Nothing was done.'
const tooLate = 'This confirmation is too old; the call has to be made again. Nothing was done.'
const sentences = [
  ...[question, gone, declined, tooLate, questionOf('the whole team')],
  ...['The account of the whole team is gone.', 'delete account was wanted. It was done.'],
]

async function call(server: TestServer, options = {}) {
  server.release('delete_account')
  const opened = await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000, ...options })
  return exchange.dial(opened.switchboard.conversation())
}

test('yes: what was asked for is done, once', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('delete the account carol')
  await phone.untilHeard(1)
  expect(server.runs('delete_account')).toEqual({ started: 0, finished: 0 })
  await phone.say('yes')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([question, gone])
  expect(server.ledger.filter(({ event }) => event === 'start')).toMatchObject([
    { arguments: { owner: 'carol' } },
  ])
  expect(exchange.openCalls).toEqual([])
})

test('no: nothing is done', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('delete the account carol')
  await phone.untilHeard(1)
  await phone.say('no')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([question, declined])
  expect(server.ledger).toEqual([])
  expect(exchange.openCalls).toEqual([])
})

test('another mind: the other account needs a yes of its own', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('delete the account the whole team')
  await phone.untilHeard(1)
  await phone.say('delete the account carol')
  await phone.untilHeard(2)
  await phone.say('yes')
  await phone.untilHeard(3)

  expect(await phone.heard(sentences)).toEqual([questionOf('the whole team'), question, gone])
  expect(server.ledger.filter(({ event }) => event === 'start')).toMatchObject([
    { arguments: { owner: 'carol' } },
  ])
})

test('a yes that comes too late does nothing', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server, { confirmWithinMs: 1 })

  await phone.say('delete the account carol')
  await phone.untilHeard(1)
  await phone.say('yes')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([question, tooLate])
  expect(server.ledger).toEqual([])
})
