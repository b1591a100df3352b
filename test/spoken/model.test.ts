import { llm } from '@livekit/agents'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { Exchange } from './phone.ts'

const exchange = new Exchange()
beforeAll(() => exchange.open())
afterAll(() => exchange.close())

const found = 'I found two pages about state machines.'
const sent = 'The mail to carol is on its way.'
const sentences = [found, sent, 'I found two pages about breaking news.', 'The mail to carol is gone.']

async function call(server: TestServer, ownTools: readonly llm.ToolContextEntry[] = []) {
  const opened = await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000 })
  return exchange.dial(opened.switchboard.conversation(), { ownTools })
}

const untilBack = () => until(() => exchange.connections === 2, 'the model is connected again')

test('a connection that was lost before the caller asked is back when the caller asks', async () => {
  const server = new TestServer('--spoken')
  server.release('search_web')
  const phone = await call(server)

  exchange.cut()
  await untilBack()
  await phone.say('search the web for state machines')
  await phone.untilHeard(1)

  expect(await phone.heard(sentences)).toEqual([found])
  expect(phone.problems).toEqual([
    expect.stringMatching(/^the connection to the Realtime endpoint at ws:.* was lost/),
  ])
  expect(exchange.openCalls).toEqual([])
})

test('a connection that is lost while a tool runs: the mail goes out once, and the caller hears of it', async () => {
  const server = new TestServer('--spoken')
  const phone = await call(server)

  await phone.say('send an email to carol')
  await server.untilStarted('send_email')
  exchange.cut()
  await untilBack()
  server.release('send_email')
  await phone.untilHeard(1)

  expect(await phone.heard(sentences)).toEqual([sent])
  expect(server.runs('send_email')).toEqual({ started: 1, finished: 1 })
  expect(exchange.openCalls).toEqual([])
})

test('a connection that is lost after an answer does not run the call again', async () => {
  const server = new TestServer('--spoken')
  server.release('send_email')
  server.release('search_web')
  const phone = await call(server)

  await phone.say('send an email to carol')
  await phone.untilHeard(1)
  exchange.cut()
  await untilBack()
  await phone.say('search the web for state machines')
  await phone.untilHeard(2)

  expect(await phone.heard(sentences)).toEqual([sent, found])
  expect(server.runs('send_email')).toEqual({ started: 1, finished: 1 })
  expect(exchange.openCalls).toEqual([])
})

test('a tool of the application that the model refuses costs the caller nothing else', async () => {
  const server = new TestServer('--spoken')
  server.release('search_web')
  const refused = llm.tool({
    name: 'own tool',
    description: 'Its name is refused.',
    execute: async () => 'done',
  })
  const phone = await call(server, [refused])

  await phone.untilSayable('search the web for state machines')
  await phone.say('search the web for state machines')
  await phone.untilHeard(1)

  expect(await phone.heard(sentences)).toEqual([found])
  const told = /^the tool own tool is not offered to the model: it was refused: /
  await until(() => phone.problems.some((problem) => told.test(problem)), 'the refused tool is told of')
})
