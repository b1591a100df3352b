import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { JsonObject, Outcome } from '../../src/index.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { openBrowser } from './browser.ts'
import { inspect } from './live-page.ts'
import { expectAccessible, expectNoOverflow, expectNoProblems, focusedText, show } from './page-checks.ts'

async function openFunction(name: string, options: JsonObject = {}, ...flags: string[]) {
  const server = new TestServer(...flags)
  const opened = await openReady({ bank: server.stdio(options) })
  const { url } = await inspect(opened.switchboard)
  const shown = await (await openBrowser()).open(url)
  const { page } = shown
  await show(page, `#/functions/${name}`)
  await page.getByRole('heading', { level: 1, name: name === '' ? 'Functions' : name }).waitFor()
  return { server, opened, shown, page, content: page.locator('#content') }
}

const run = (page: Page) => page.getByRole('button', { name: 'Run it', exact: true })
const answer = (page: Page) => page.getByRole('region', { name: 'Answer' })

/** What the tool was given, each time that it ran. */
const given = (server: TestServer) =>
  server.ledger.filter(({ event }) => event === 'start').map(({ arguments: args }) => args)

test('a function is run from its form by keyboard, once what is wrong in it was corrected', async () => {
  const { server, shown, page } = await openFunction('charge')
  await run(page).press('Enter')

  const amount = page.getByRole('textbox', { name: 'amount' })
  await page.getByText('Give a number.').waitFor()
  expect(await page.locator(':focus').getAttribute('id')).toBe('argument-amount')
  expect(await amount.getAttribute('aria-invalid')).toBe('true')
  await page.keyboard.type('0')
  await page.keyboard.press('Enter')
  await page.getByText('Give at least 1.').waitFor()
  expect(server.ledger).toEqual([])

  await page.keyboard.press('Backspace')
  await page.keyboard.type('12')
  await page.keyboard.press('Enter')
  expect(await answer(page).innerText()).toMatch(/^charged 12 by \d+$/)
  expect(given(server)).toEqual([{ amount: 12 }])
  expect(await page.locator('#announcements').innerText()).toBe('Answered by bank.')
  expectNoProblems(shown)
  await expectAccessible(page)
})

test('what needs a yes is asked for on the page, and runs only after it', async () => {
  const { server, shown, page } = await openFunction('charge', { tools: { charge: { confirm: true } } })
  await page.getByRole('textbox', { name: 'amount' }).fill('5')
  await run(page).click()
  const question = page.getByRole('group', { name: 'Shall I charge, with the amount 5?' })
  await question.waitFor()
  await page.locator('.question:focus').waitFor()

  await question.getByRole('button', { name: 'No' }).click()
  await question.waitFor({ state: 'detached' })
  expect(await focusedText(page)).toBe('Run it')
  await run(page).click()
  await question.waitFor()
  await page.getByRole('textbox', { name: 'amount' }).fill('6')
  await question.waitFor({ state: 'detached' })
  expect(server.ledger).toEqual([])

  await run(page).click()
  const other = page.getByRole('group', { name: 'Shall I charge, with the amount 6?' })
  await other.getByRole('button', { name: 'Yes, run it' }).click()
  expect(await answer(page).innerText()).toMatch(/^charged 6 by \d+$/)
  expect(given(server)).toEqual([{ amount: 6 }])
  expectNoProblems(shown)
})

test('an outcome that is no answer is told with its code, and whether anything was done', async () => {
  const { server, shown, page, content } = await openFunction('fail')
  await run(page).click()
  await page.getByText('tool_error', { exact: true }).waitFor()
  await page.getByText('it is not known whether it was done').waitFor()
  await content.getByText('bank reports an error: the printer is out of paper').waitFor()
  expect(server.runs('fail').started).toBe(1)
  expectNoProblems(shown)
})

test('a call that runs is cancelled by its button, at its server too', async () => {
  const { opened, server, page, content } = await openFunction('charge')
  const ended = new Promise<Outcome>((resolve) => {
    opened.switchboard.subscribe((event) => {
      if (event.type === 'call.ended') resolve(event.outcome)
    })
  })
  await page.getByRole('textbox', { name: 'amount' }).fill('5')
  await page.getByLabel('until').fill('never')
  await run(page).click()
  await server.untilStarted('charge')
  await page.getByText(/^Running for/).waitFor()

  await page.getByRole('button', { name: 'Cancel' }).click()

  await content.getByText('You cancelled it.').waitFor()
  expect(await ended).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'unknown' } })
})

test('all arguments can be written as JSON, from what stands in the fields', async () => {
  const { server, page } = await openFunction('charge')
  await page.getByRole('textbox', { name: 'amount' }).fill('7')
  await page.getByRole('button', { name: 'Write JSON instead' }).click()
  const json = page.getByLabel('Arguments, as JSON')
  expect(await json.inputValue()).toBe('{\n  "amount": 7\n}')
  await json.fill('{"amount": 8,')
  await run(page).click()
  await page.getByText(/^This is not JSON/).waitFor()

  await json.fill('{"amount": "many"}')
  await run(page).click()
  await page.getByText('invalid_arguments', { exact: true }).waitFor()
  await json.fill('{"amount": 8}')
  await run(page).click()

  expect(await answer(page).innerText()).toMatch(/^charged 8 by \d+$/)
  expect(given(server)).toEqual([{ amount: 8 }])
})

test('a thousand functions can be looked through, filtered, and opened', async () => {
  const named = [...Array(987).keys()].flatMap((number) => ['--named', `tool_${number}`])
  const { shown, page } = await openFunction('', {}, ...named)
  const rows = page.locator('.functions li')
  await page.getByText('1000 functions').waitFor()
  expect(await rows.count()).toBe(200)
  await page.getByRole('button', { name: /^Show all 1000/ }).click()
  await rows.nth(999).waitFor({ state: 'attached' })

  await page.getByLabel('Filter').fill('tool_98 bank')
  await page.getByText('8 of 1000 functions').waitFor()
  expect(await rows.count()).toBe(8)
  await page.getByLabel('Filter').fill('tool_986')
  await page.getByRole('link', { name: 'tool_986' }).click()
  await page.getByText('It takes no arguments.').waitFor()
  await run(page).click()
  await answer(page).waitFor()
  await page.goBack()
  await page.getByText('1 of 1000 functions').waitFor()
  expect(await page.getByLabel('Filter').inputValue()).toBe('tool_986')
  await page.setViewportSize({ width: 360, height: 740 })
  await expectNoOverflow(page)
  expectNoProblems(shown)
})

test('a function that is not offered any more says so, and its form stays', async () => {
  const { opened, page } = await openFunction('charge')
  await page.getByRole('textbox', { name: 'amount' }).fill('5')

  await opened.switchboard.configure({ mcpServers: {} })
  await page.getByText('No function is offered under the name "charge" now.').waitFor()
  await page.getByText('not callable now').waitFor()
  expect(await page.getByRole('textbox', { name: 'amount' }).inputValue()).toBe('5')
  await run(page).click()
  await page.getByText('unknown_function', { exact: true }).waitFor()
  await page.getByText('nothing was done', { exact: true }).waitFor()
})
