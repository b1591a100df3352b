import { expect, test } from 'vitest'
import { noFaults } from '../../src/inspector/faults/faults.ts'
import { LiveModel } from '../../src/inspector/model/model.ts'
import type { Changes } from '../../src/inspector/wire.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { openPage } from './live-page.ts'

async function model(restAfterMs: number, faultsOf = () => noFaults) {
  const opened = await openReady({ bank: new TestServer().stdio() })
  const { switchboard } = opened
  const facts = () => ({ version: '1', startedAt: 0, canBreak: false, hasRegistry: false, warnings: [] })
  return { opened, model: new LiveModel({ switchboard, facts, faultsOf, restAfterMs }) }
}

/** Calls that a model has heard of. */
const callsIn = ({ calls }: LiveModel) => calls.views.map(({ function: name }) => name)

test('with no page open nothing is observed', async () => {
  const { opened, model: idle } = await model(0)
  await opened.switchboard.call('token', {})
  expect(idle.snapshot()).toMatchObject({ calls: [], actors: [], servers: [], conversations: [] })
})

test('a while after the last page has gone nothing is observed any more, and a later one sees what is there then', async () => {
  const { opened, model: seen } = await model(0)
  const changes: Changes[] = []
  const off = seen.watch((change) => changes.push(change))
  await opened.switchboard.call('token', {})
  await until(() => callsIn(seen).length === 1, 'the model hears of the call')
  off()
  await until(() => seen.isResting, 'the model rests')
  const before = changes.length
  await opened.switchboard.call('look', {})
  await opened.switchboard.restart('bank')
  await opened.untilState('bank', 'ready', 2)
  expect([callsIn(seen), changes.length]).toEqual([['token'], before])

  seen.watch(() => {})
  const { servers, actors, conversations } = seen.snapshot()
  expect(servers.map(({ name, state, generation }) => [name, state, generation])).toEqual([
    ['bank', 'ready', 2],
  ])
  expect(actors.filter(({ isDone }) => !isDone).map(({ label }) => label)).toEqual(['supervisor', 'bank'])
  expect(conversations.map(({ endedAt }) => endedAt)).toEqual([expect.any(Number)])
  seen.close()
})

test('a server that is disabled is told to be so once, however often somebody comes to look', async () => {
  let isDisabled = false
  const { opened, model: seen } = await model(0, () => ({ ...noFaults, isDisabled }))
  for (let visit = 0; visit < 3; visit++) {
    const off = seen.watch(() => {})
    isDisabled = true
    await opened.switchboard.configure({ mcpServers: {} })
    await until(() => seen.snapshot().servers[0]?.states.at(-1)?.state === 'disabled', 'it is disabled')
    off()
    await until(() => seen.isResting, 'the model rests')
  }
  expect(seen.servers.views.map(({ states }) => states.map(({ state }) => state))).toEqual([
    ['ready', 'closing', 'closed', 'disabled'],
  ])
  seen.close()
})

test('a call that was open when nobody watched any more is forgotten, not shown as running for ever', async () => {
  const { opened, model: seen } = await model(0)
  const off = seen.watch(() => {})
  const call = opened.switchboard.call('wait', {}, { timeoutMs: 60_000 })
  await until(() => callsIn(seen).length === 1, 'the model hears of the call')
  off()
  await until(() => seen.isResting, 'the model rests')
  expect(callsIn(seen)).toEqual([])
  await opened.switchboard.stop()
  await call
  seen.close()
})

test('new functions are told with what can be said now; a page that is filled just then takes no news from the others', async () => {
  const { opened, model: seen } = await model(0)
  const told: string[][] = []
  seen.watch(({ functions, facts }) => {
    if (functions && facts) told.push(functions.map(({ name }) => name))
  })
  opened.switchboard.subscribe(({ type }) => {
    if (type === 'functions.changed') seen.snapshot()
  })
  await opened.switchboard.call('change', { where: 'answer' })
  await until(() => told.some((names) => names.includes('extra')), 'the new function is told')
  seen.close()
})

test('a conversation that ended while nobody watched is forgotten, since nobody saw its end; one that goes on stays', async () => {
  const { opened, model: seen } = await model(0)
  const off = seen.watch(() => {})
  const [short, long] = [
    opened.switchboard.conversation({ id: 'short' }),
    opened.switchboard.conversation({ id: 'long' }),
  ]
  long.speaking('caller', true)
  await until(() => seen.snapshot().conversations.at(-1)?.marks.length === 1, 'the model hears the caller')
  off()
  await until(() => seen.isResting, 'the model rests')
  await short.end()

  seen.watch(() => {})
  const time = expect.any(Number)
  expect(seen.snapshot().conversations).toEqual([
    { conversationId: 'long', startedAt: time, marks: [{ kind: 'caller', at: time, endedAt: time }] },
  ])
  await long.end()
  seen.close()
})

test('a page that reads nothing is sent no more than it can take, and catches up with what is there then', async () => {
  const opened = await openReady({ bank: new TestServer().stdio() })
  const page = await openPage(opened.switchboard)
  const conversations = Array.from({ length: 60 }, (_, index) =>
    opened.switchboard.conversation({ id: `${index}` }),
  )
  const speakOften = (times: number) => {
    for (let turn = 0; turn < times; turn++) {
      for (const conversation of conversations) conversation.speaking('caller', turn % 2 === 0)
    }
  }
  const aMoment = () => opened.switchboard.call('progress', { steps: 1, everyMs: 30 })
  for (let round = 0; round < 8; round++) {
    speakOften(100)
    await aMoment()
  }
  await page.sees('what was said', ({ conversations: shown }) => shown.get('59')?.marks.length === 400)
  page.socket.pause()
  const before = page.messages.length

  // Each time all that was ever said is sent again: more than a megabyte.
  for (let round = 0; round < 30; round++) {
    speakOften(2)
    await aMoment()
  }
  const last = await opened.switchboard.call('token', {})
  page.socket.resume()
  await page.sees('the last call', ({ calls }) => calls.get(last.callId)?.endedAt !== undefined)
  const caughtUp = page.messages
    .slice(before)
    .map((message) => message.type === 'snapshot' && message.isCatchUp)
  expect(caughtUp.filter(Boolean)).toEqual([true])
  expect(caughtUp.length).toBeLessThan(25)
})

test('a page that says what is no command is cut off', async () => {
  const opened = await openReady({ bank: new TestServer().stdio() })
  const page = await openPage(opened.switchboard)
  const closed = new Promise((resolve) =>
    page.socket.once('close', (code, reason) => resolve([code, `${reason}`])),
  )
  page.socket.send('{"type":"follow","actorId":7}')
  expect(await closed).toEqual([1008, 'this is no command of the page'])
})
