import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Speech, startSpeech } from '../../src/rehearsal/index.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { openBrowser, type Spoken, spoken } from './browser.ts'
import { inspect } from './live-page.ts'
import { expectAccessible, expectNoProblems } from './page-checks.ts'

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

const story =
  'Once upon a time there was a small machine that wanted to speak. It had three states and loved all of them. ' +
  'In the first state it listened to the wind. In the second state it counted the stars until the morning came.'
const found = 'I found two pages about breaking news.'
const sent = 'The mail to carol is on its way.'

/** A page in front of a server whose tools answer at once, with the voice ready. */
async function open(microphone: Spoken = []) {
  const server = new TestServer('--spoken')
  for (const tool of ['search_web', 'send_email', 'delete_account']) server.release(tool)
  const { switchboard } = await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000 })
  const inspector = await inspect(switchboard, { voice: {} })
  const browser = await openBrowser({ microphone: await spoken(speech, microphone) })
  const opened = await browser.open(inspector.url)
  const { page } = opened
  await page.getByRole('button', { name: 'Call' }).and(page.locator(':enabled')).waitFor()
  return { server, opened, page }
}

const spokenBy = (page: Page, who: 'caller' | 'agent') =>
  page.locator(`.utterance.is-${who}:not(.is-beginning) p`)

/** What the page shows of it, on one line each. */
const texts = async (page: Page, who: 'caller' | 'agent') =>
  (await spokenBy(page, who).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())

test('a call is spoken, interrupted and hung up: the tools run with the words spoken, and what they answer is heard', async () => {
  const { server, opened, page } = await open([
    ...[{ pauseMs: 1_500 }, 'search the web for state machines'],
    ...[{ pauseMs: 5_000 }, 'send an email to carol'],
  ])
  server.order({ at: 'tools/call', result: { content: [{ type: 'text', text: story }] } })

  await page.getByRole('button', { name: 'Call' }).click()
  await opened.untilPlaying()
  server.lift()
  await until(async () => (await texts(page, 'agent')).length === 2, 'the agent has answered twice', 60_000)

  const starts = server.ledger.filter(({ event }) => event === 'start')
  expect(starts.map(({ tool, arguments: args }) => [tool, args])).toEqual([
    ['search_web', { query: 'state machines' }],
    ['send_email', { to: 'carol' }],
  ])
  expect(await texts(page, 'caller')).toEqual(['search the web for state machines', 'send an email to carol'])
  expect(await texts(page, 'agent')).toEqual([expect.stringMatching(/^Once upon .* — interrupted$/), sent])
  expect(await page.locator('.function-call .name').allInnerTexts()).toEqual(['search_web', 'send_email'])
  const heard = await opened.played.heard(speech, [sent, 'The mail to carol is not on its way.', found])
  expect(heard.at(-1)).toBe(sent)
  expectNoProblems(opened)
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Hang up' }).click()
  const recording = page.getByRole('link', { name: 'Download the recording' })
  const downloading = page.waitForEvent('download')
  await recording.click()
  expect((await downloading).suggestedFilename()).toBe('call.wav')
})

test('with a blocked microphone, and by keyboard alone, everything can be typed', async () => {
  const { server, opened, page } = await open()
  await page.evaluate(
    "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))",
  )

  await page.getByRole('button', { name: 'Call' }).press('Enter')
  const telephone = page.getByRole('region', { name: 'Telephone' })
  await telephone.getByText('The microphone is blocked').waitFor()
  await page.getByLabel('Type instead of speaking').focus()
  await page.keyboard.type('search the web for breaking news')
  await page.keyboard.press('Enter')
  await opened.untilPlayed(1)
  expect(await opened.played.heard(speech, [found, sent])).toEqual([found])
  await page.getByRole('button', { name: '“send an email to carol”' }).press('Enter')
  await until(async () => (await texts(page, 'agent')).includes(sent), 'the mail is spoken of')
  expect(server.runs('send_email')).toEqual({ started: 1, finished: 1 })

  await page.getByRole('button', { name: 'Hang up' }).press('Enter')
  await telephone.getByText('The call is over. You hung up.').waitFor()
  expectNoProblems(opened)
  await expectAccessible(page)
})

test('what is typed before a call places one without a microphone, and goes on while another view is shown', async () => {
  const { opened, page } = await open()
  await page.getByLabel('Type instead of speaking').fill('search the web for breaking news')
  await page.getByRole('button', { name: 'Say it' }).click()
  const views = page.getByRole('navigation', { name: 'Views' })
  await views.getByRole('link', { name: 'Timeline' }).click()
  await opened.untilPlayed(1)
  expect(await opened.played.heard(speech, [found, sent])).toEqual([found])
  expect(opened.microphone.pieces).toEqual([])
  await views.getByRole('link', { name: 'Call' }).click()
  await spokenBy(page, 'agent').waitFor()
  expect(await texts(page, 'caller')).toEqual(['search the web for breaking news'])
  expect(await texts(page, 'agent')).toEqual([found])

  await page.getByRole('button', { name: 'Turn the microphone on' }).click()
  await until(() => opened.microphone.pieces.length > 0, 'the microphone is on')
  await page.getByRole('button', { name: 'Mute the microphone', exact: true }).click()
  await page.getByRole('button', { name: 'Unmute the microphone' }).waitFor()
})
