import { afterAll, beforeAll, expect, test } from 'vitest'
import { open, openReady } from '../support/opened.ts'
import { killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { TestBrowser } from './browser/test-browser.ts'
import { MachinesSeen } from './machines-page.ts'

let browser: TestBrowser
beforeAll(async () => {
  browser = await TestBrowser.launch()
})
afterAll(() => browser.close())

test('a server is lit where it is; what becomes of it when it is killed flashes, stands in the history, and is stepped through by keys', async () => {
  const opened = await openReady({ bank: new TestServer().stdio() })
  const seen = await MachinesSeen.open(browser, opened.switchboard)
  const { page } = seen
  await seen.untilLit('server.ready')
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Server bank')
  await seen.untilHeld('Context', 'generation', '1')

  killQuietly(opened.pid('bank'), 'SIGKILL')
  await opened.untilState('bank', 'ready', 2)
  const isTold = async () => (await seen.history()).some((step) => step.startsWith('connection.tools'))
  await until(isTold, 'it is told that it is ready again')
  await seen.untilLit('server.ready')
  const moves = (await seen.history()).filter((step) => step.includes('→')).reverse()
  expect(moves).toEqual([
    'connection.lost → reconnecting.waiting',
    'after backOff → reconnecting.dialling',
    'connection.tools → ready',
  ])
  expect(await seen.flashes()).toEqual(
    expect.arrayContaining([
      'server.ready/connection.lost/2',
      'server.reconnecting.waiting/xstate.after.backOff.server.reconnecting.waiting/0',
      'server.reconnecting.dialling/connection.tools/0',
    ]),
  )
  await seen.untilHeld('Context', 'generation', '2')

  const chosen = page.locator('.history [aria-current=step]')
  await page.keyboard.press('ArrowLeft')
  for (;;) {
    const text = await chosen.innerText()
    if (text.includes('connection.lost')) break
    await page.keyboard.press('ArrowLeft')
    await until(async () => (await chosen.innerText()) !== text, `it steps back from ${text}`)
  }
  await seen.untilLit('server.reconnecting', 'server.reconnecting.waiting')
  expect(await seen.told()).toEqual(['server.ready/connection.lost/2'])
  expect(await page.locator('.machine-status .badge').innerText()).toBe('reconnecting.waiting')
  await seen.untilHeld('Context after it', 'state', 'reconnecting')
  await seen.untilHeld('Event', 'type', 'connection.lost')

  await page.keyboard.press('ArrowRight')
  await seen.untilLit('server.reconnecting', 'server.reconnecting.dialling')
  await page.getByRole('button', { name: 'Earlier' }).click()
  await seen.untilLit('server.reconnecting', 'server.reconnecting.waiting')
  await page.keyboard.press('End')
  await seen.untilLit('server.ready')
  expect([await chosen.count(), await seen.told()]).toEqual([0, []])
  seen.expectNoProblems()
  await seen.expectAccessible()
})

test('what is left of a delay counts down in its state, and among the delays that run', async () => {
  const silent = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }
  const { switchboard } = open({ silent }, { connectTimeoutMs: 40_000 })
  const seen = await MachinesSeen.open(browser, switchboard)
  await seen.untilLit('server.connecting')
  const countdown = seen.page.locator('[data-countdown="server.connecting"]')
  const seconds = async () => Number.parseInt((await countdown.textContent()) ?? '', 10)
  const first = await until(async () => (await seconds()) || undefined, 'it counts')
  expect(first).toBeGreaterThan(20)
  await until(async () => (await seconds()) < first, 'it counts down')
  expect(await seen.page.locator('.delays code').allInnerTexts()).toEqual(['after connectTimeout'])
  seen.expectNoProblems()
})

test('the newest call is followed; one that has ended stays as long as one looks at it, also when it is forgotten', async () => {
  const { switchboard } = await openReady({ bank: new TestServer().stdio() })
  const seen = await MachinesSeen.open(browser, switchboard, 'newest-call')
  const title = seen.page.getByRole('heading', { level: 1 })
  const isShown = (text: string) => until(async () => (await title.innerText()) === text, `${text} is shown`)

  await switchboard.call('token', {})
  await isShown('Call token')
  await seen.untilLit('call.answered')
  await switchboard.call('charge', { amount: -1 })
  await isShown('Call charge')
  await seen.untilLit('call.failed')
  await seen.untilInSight('call.failed')

  await seen.page.getByRole('link', { name: /^token/ }).click()
  await isShown('Call token')
  await seen.untilHeld('Context', 'sent', 'true')
  await Promise.all(Array.from({ length: 220 }, () => switchboard.call('tool_status', {})))
  await seen.page.getByText('Switchboard has forgotten it').waitFor()
  await isShown('Call token')
  await seen.untilLit('call.answered')
  expect((await seen.history()).map((step) => step.split(' ')[0])).toEqual([
    'call.ended',
    'call.sent',
    'start',
  ])
  seen.expectNoProblems()
})

test('in a real browser no word of a chart stands on another or leaves its box', async () => {
  const { switchboard } = open({})
  const seen = await MachinesSeen.open(browser, switchboard)
  for (const machine of ['supervisor', 'server', 'conversation', 'call']) {
    const { count, problems } = await seen.wordsOf(machine)
    expect(problems).toEqual([])
    expect(count).toBeGreaterThan(8)
  }
})
