import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'
import { openBrowser } from './browser.ts'
import { inspect } from './live-page.ts'

/** A timeline in front of one server. */
async function openTimeline() {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() }, { patienceMs: 20_000 })
  const { url } = await inspect(switchboard)
  const browser = await openBrowser()
  const opened = await browser.open(`${url}#/timeline`, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const { page } = opened
  await page.getByText('No function was called yet').waitFor()
  return { server, switchboard, opened, page }
}

const rows = (page: Page) => page.getByRole('list').locator('.call-row a')
const details = (page: Page) => page.getByRole('complementary')

const texts = async (page: Page, selector: string) =>
  (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())

test('a call is seen while it runs and when it has ended, and read by keyboard alone', async () => {
  const { server, switchboard, opened, page } = await openTimeline()

  const call = switchboard.call('charge', { amount: 5, until: 'paid' })
  await rows(page).getByText('running').waitFor()
  await page.locator('.call-bar .live-end.is-running').waitFor()
  server.release('paid')
  const { callId } = await call
  await rows(page).getByText('answered').waitFor()
  await page.locator('.call-bar .stretch.is-answered').waitFor()
  expect(await page.locator('.live-end').count()).toBe(0)

  await page.getByRole('group', { name: 'Calls in time' }).focus()
  await page.keyboard.press('ArrowDown')
  await details(page).getByText('Arguments').waitFor()
  expect(new URL(page.url()).hash).toBe(`#/timeline/${callId}`)
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('charge')
  expect(await texts(page, '.call-details pre')).toEqual([
    '{ "amount": 5, "until": "paid" }',
    expect.stringContaining('charged'),
  ])
  expect(await texts(page, '.call-details .event-row .mono')).toEqual([
    'call.started',
    'call.sent',
    'call.ended',
  ])

  await page.getByRole('button', { name: 'Copy as JSON' }).press('Enter')
  await page.getByText('Copied.').waitFor()
  const copied: unknown = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'))
  expect(copied).toMatchObject({
    call: { callId, code: 'ok' },
    arguments: { amount: 5 },
    outcome: { ok: true },
  })

  await page.keyboard.press('Escape')
  await details(page).waitFor({ state: 'detached' })
  await expect.poll(() => page.evaluate('document.activeElement.dataset.callRow')).toBe(callId)
  expect(opened.problems).toEqual([])
})

test('a server that dies under a call is seen beneath it, and the details say what is not known', async () => {
  const { server, switchboard, opened, page } = await openTimeline()

  const call = switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  await killServer(server)
  const { callId } = await call
  await page.locator('.call-bar .stretch.is-failed.is-unknown').waitFor()
  await page.locator('.lane-row .server-state.is-unsettled').waitFor()
  await page.getByText('1 of 1 servers ready').waitFor()

  await page.locator(`.call-bar[data-call="${callId}"]`).click()
  await details(page).getByText('it is not known whether it was done').waitFor()
  expect(await texts(page, '.call-details .badge')).toEqual(['connection_lost', 'connection_lost'])
  expect(await texts(page, '.call-row .gist')).toEqual(['it is not known whether it was done'])
  expect(opened.problems).toEqual([])
})

test('a filter and a held window outlast a reload, and an address leads to a call that they hide', async () => {
  const { server, switchboard, opened, page } = await openTimeline()
  server.release('paid')
  const { callId } = await switchboard.call('charge', { amount: 5, until: 'paid' })
  await switchboard.call('charge', { amount: 'much' })
  await page.getByText('2 calls', { exact: true }).waitFor()

  await page.getByLabel('Outcome').selectOption('failed')
  await page.getByLabel('Text', { exact: true }).fill('invalid')
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('button', { name: 'Show more time' }).click()
  await page.reload()

  await page.getByText('1 of 2 calls').waitFor()
  expect(await texts(page, '.call-row .function')).toEqual(['charge'])
  expect(await texts(page, '.call-row .badge')).toEqual(['invalid_arguments'])
  await page.getByText('1 min', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Follow now' }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()

  await page.goto(`${new URL(page.url()).origin}/#/calls/${callId}`)
  await details(page).getByText(callId).waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.locator('.call-bar.is-selected').waitFor()
  await page.goto(`${new URL(page.url()).origin}/#/timeline/nobody`)
  await details(page).getByText('This call is not remembered any more.').waitFor()
  expect(opened.problems).toEqual([expect.stringContaining('404')])
})
