import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { open, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { openBrowser, type TestPage } from './browser.ts'
import { inspect } from './live-page.ts'
import { expectAccessible, expectNoOverflow, expectNoProblems, focusedText, show } from './page-checks.ts'

/** `hash`: what is looked at. */
async function openBank(hash: string, options: JsonObject = {}, allowFaults = true) {
  const server = new TestServer('--malformed')
  const opened = await openReady({ bank: server.stdio(options) })
  const { url } = await inspect(opened.switchboard, { allowFaults })
  const shown: TestPage = await (await openBrowser()).open(url)
  await show(shown.page, hash)
  return { server, opened, shown, page: shown.page }
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** The states in the order in which the page says that they came. */
const states = async (page: Page) =>
  (
    await page.getByRole('list', { name: 'States, the newest first' }).locator('.badge').allInnerTexts()
  ).reverse()

test('a server is killed in the middle of a call, by keyboard: the page shows how it comes back, and what was wrong', async () => {
  const { server, opened, shown, page } = await openBank('#/servers/bank')
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  await page.getByText('calls in flight').locator('..').getByText('1', { exact: true }).waitFor()

  await button(page, 'Kill bank').press('Enter')

  expect(await call).toMatchObject({ ok: false, error: { code: 'connection_lost', effect: 'unknown' } })
  await until(async () => (await states(page)).length === 3, 'it is ready again')
  expect(await states(page)).toEqual(['ready', 'reconnecting', 'ready'])
  await page.getByText('its process ended (signal SIGKILL)').waitFor()
  expect(await focusedText(page)).toBe('Kill bank')
  expect(await page.locator('#announcements').innerText()).toBe('bank was killed.')
  expectNoProblems(shown)
})

test('a server is stopped and goes on with the same button, and is slowed down and let go with another', async () => {
  const { opened, shown, page } = await openBank('#/servers/bank')

  await button(page, 'Stop bank').press('Enter')
  await button(page, 'Continue bank').waitFor()
  expect(await focusedText(page)).toBe('Continue bank')
  await page.getByText('its process is stopped').waitFor()
  await page.keyboard.press('Enter')
  await button(page, 'Stop bank').waitFor()

  await page.getByLabel('by').fill('120')
  await button(page, 'Slow down bank').click()
  await page.getByText('slowed down by 120 ms each way', { exact: true }).waitFor()
  const slow = await opened.switchboard.call('charge', { amount: 1 })
  expect(slow).toMatchObject({ ok: true })
  expect(slow.durationMs).toBeGreaterThanOrEqual(240)
  await button(page, 'Full speed bank').click()
  await button(page, 'Slow down bank').waitFor()
  expect(opened.statesOf('bank')).toEqual(['connecting', 'ready'])
  expectNoProblems(shown)
})

test('a server is disabled and enabled in the list, which says so', async () => {
  const { opened, shown, page } = await openBank('#/servers')
  const card = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'bank' }) })
  await card.getByText('13 functions').waitFor()

  await button(page, 'Disable bank').press('Enter')
  await card.getByText('taken out of the configuration').waitFor()
  expect(opened.switchboard.functions).toEqual([])
  expect(await focusedText(page)).toBe('Enable bank')

  await page.keyboard.press('Enter')
  await card.getByText('ready', { exact: true }).waitFor()
  expect(opened.statesOf('bank').at(-1)).toBe('ready')
  expectNoProblems(shown)
})

test('a server that is taken out while somebody looks at it is said to be gone', async () => {
  const { opened, page } = await openBank('#/servers/bank')
  await opened.switchboard.configure({ mcpServers: {} })
  await opened.until('it is closed', () => opened.statesOf('bank').at(-1) === 'closed')

  await page.getByText('No server of this name is configured now.').waitFor()
  await page.getByRole('link', { name: 'All servers' }).click()
  await page.getByText('No server is configured.').waitFor()
})

test('what a server wrote before it died is text, and the next attempt is counted down to', async () => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  const server = new TestServer('--exit-with', `\u001b[31m${evil}\u001b[0m\n  at main`)
  const opened = open({ broken: server.stdio() }, { minBackOffMs: 60_000, maxBackOffMs: 60_000 })
  const { url } = await inspect(opened.switchboard, { allowFaults: true })
  const shown = await (await openBrowser()).open(url)
  const { page } = shown
  await opened.untilAway('broken')
  await show(page, '#/servers/broken')

  const stderr = page.getByRole('region', { name: 'What it wrote to stderr' })
  expect(await stderr.innerText()).toBe(`${evil}\n  at main`)
  const leftS = async () => {
    const words = await page.getByText(/^next attempt in/).innerText()
    return Number(/in ([\d.]+) s/.exec(words)?.[1])
  }
  const first = await leftS()
  await until(async () => (await leftS()) < first, 'it counts down')
  expect(await button(page, 'Kill broken').getAttribute('aria-disabled')).toBe('true')
  expectNoProblems(shown)
  await expectAccessible(page)
})

test('how long calls took is drawn, and told in numbers', async () => {
  const { opened, shown, page } = await openBank('#/servers/bank')
  for (let call = 0; call < 5; call++) await opened.switchboard.call('token', {})

  const plot = page.getByRole('img', { name: 'How long the last 5 answered calls took' })
  expect((await plot.locator('.dots').getAttribute('d'))?.match(/h0/g)).toHaveLength(5)
  expect(await page.getByText('p95').locator('..').innerText()).toMatch(/^p95\s+\d+ ms$/)
  expectNoProblems(shown)
})

test('tools that are left out are told with the reason, and a narrow page cuts nothing', async () => {
  const { shown, page } = await openBank('#/servers/bank')
  await page.getByText('inputSchema.type: Invalid input: expected "object"').waitFor()

  await page.setViewportSize({ width: 360, height: 740 })
  await expectNoOverflow(page)
  await show(page, '#/servers')
  await expectNoOverflow(page)
  expectNoProblems(shown)
})

test('where nothing may be broken there is no button for it', async () => {
  const { page } = await openBank('#/servers/bank', {}, false)
  await page.getByText('calls in flight').waitFor()

  expect(await page.getByRole('heading', { name: 'Break it' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: /bank$/ }).count()).toBe(0)
})
