import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Speech, startSpeech } from '../../src/rehearsal/index.ts'
import { until } from '../support/until.ts'
import { openBrowser, type Spoken, spoken, type TestPage } from './browser.ts'
import { PageProcess } from './page-process.ts'

let speech: Speech
let host: PageProcess
beforeAll(async () => {
  ;[speech, host] = await Promise.all([startSpeech(), PageProcess.start()])
})
afterAll(async () => {
  await speech.close()
  await host.stop()
})

const maxTabs = 200
/** A voice activity detector learns the noise of the line first. */
const silenceBefore = { pauseMs: 1_500 }

const sent = 'The email was sent. The mail server accepted it for carol at example dot com.'
const moment = 'One moment, I am on it.'
const lost = 'The connection to post was lost during the call. I do not know whether it was done.'
const lies = [
  'The email was not sent. The mail server refused it for carol at example dot com.',
  'The email was sent. The mail server accepted it for david at example dot com.',
  'The connection to post was lost before the call. Nothing was done.',
  'The mail to carol is on its way.',
]
/** One grammar for all that is played: what is expected, and what would be a lie in its place; some of it without a pause. */
const sentences = [sent, lost, ...lies]
  .flatMap((sentence) => [sentence, `${moment} ${sentence}`])
  .concat(moment)

/** The page in front of somebody who says this as soon as it listens. */
async function pageOf(...parts: Spoken): Promise<TestPage> {
  const browser = await openBrowser({ microphone: await spoken(speech, [silenceBefore, ...parts]) })
  return browser.open(host.url)
}

/** The same page, at one of its places. */
function placeOf(hash: string): string {
  return new URL(`/#/${hash}`, host.url).href
}

/** What both said, and what the agent did, as the page shows it. */
function shownIn({ page }: TestPage): Promise<string[]> {
  return page.getByRole('region', { name: 'What was said' }).getByRole('listitem').allInnerTexts()
}

/** Resolves when the chart of a machine that is looked at has this state lit. */
function untilLit({ page }: TestPage, state: string): Promise<void> {
  return page.locator(`[data-state="${state}"].is-active`).waitFor({ state: 'attached' })
}

/** Writes down each state that the charts of a page light up from now on. */
const writeDownLit = `
  globalThis.lit = []
  new MutationObserver((records) => {
    for (const { target } of records) {
      if (target.dataset.state && target.classList.contains('is-active')) lit.push(target.dataset.state)
    }
  }).observe(document, { subtree: true, attributeFilter: ['class'] })`

async function writtenDown({ page }: TestPage): Promise<string[]> {
  return z.array(z.string()).parse(await page.evaluate('lit'))
}

/** Goes there with the Tab key alone. */
async function tabTo({ page }: TestPage, target: Locator): Promise<void> {
  const isThere = () => target.evaluate((element) => element.matches(':focus'))
  for (let pressed = 0; !(await isThere()); pressed++) {
    if (pressed === maxTabs) throw new Error(`no Tab key leads to ${target}`)
    await page.keyboard.press('Tab')
  }
}

async function enter(opened: TestPage, role: 'link' | 'button', name: string): Promise<void> {
  await tabTo(opened, opened.page.getByRole(role, { name, exact: true }))
  await opened.page.keyboard.press('Enter')
}

test('a spoken call: a voice silences the agent, its mail is sent word by word, and the answer is the server’s', async () => {
  const opened = await pageOf(
    'send an email to carol at example dot com with the subject lunch and the body see you at noon',
  )
  await opened.page.getByRole('button', { name: '“search the web for state machines”' }).click()
  await opened.untilPlaying()
  await opened.page.getByRole('button', { name: 'Turn the microphone on' }).click()
  await opened.untilPlayed(2)

  const [story, answer] = opened.played.stretches
  const [caller] = opened.microphone.stretches
  expect(story?.endedAt).toBeLessThan(caller?.endedAt ?? 0)
  expect(answer?.beganAt).toBeGreaterThan(caller?.endedAt ?? 0)
  expect(await host.mails()).toEqual([{ to: 'carol@example.com', subject: 'lunch', body: 'see you at noon' }])
  expect((await opened.played.heard(speech, sentences))[1]).toBe(sent)
  expect(await shownIn(opened)).toEqual([
    'You\n\nsearch the web for state machines',
    expect.stringMatching(/^search_web\n{"query":"state machines"}\nanswered\n/),
    expect.stringMatching(/^Agent\n\nI found .*— interrupted$/),
    expect.stringMatching(/^You\n\nsend an email to carol@example.com with/),
    expect.stringMatching(/^send_email\n{"to":"carol@example.com",.*\nanswered\n/),
    'Agent\n\nThe email was sent. The mail server accepted it for carol@example.com.',
  ])
  expect(opened.problems).toEqual([])
})

test('a server that is killed with a button in the middle of a call: nobody is told a lie, and it comes back', async () => {
  const opened = await pageOf('send a letter to the whole team')
  const machines = await opened.another(placeOf('machines'))
  await machines.page.getByRole('link', { name: 'post ready' }).click()
  await untilLit(machines, 'server.ready')
  await machines.page.evaluate(writeDownLit)
  const servers = await opened.another(placeOf('servers'))

  await opened.page.getByRole('button', { name: 'Call', exact: true }).click()
  await host.untilWriting({ to: 'the whole team' })
  await servers.page.getByRole('button', { name: 'Kill post' }).click()
  await until(async () => (await writtenDown(machines)).includes('server.ready'), 'it is back')
  await opened.untilPlayed(1)

  expect((await opened.played.heard(speech, sentences)).join(' ')).toContain(lost)
  expect(await shownIn(opened)).toEqual([
    'You\n\nsend a letter to the whole team',
    expect.stringMatching(/^send_letter\n.*\nconnection_lost\nit is not known whether it was done\n/),
    'Agent\n\nThe connection to post was lost during the call. I do not know whether it was done.',
  ])
  const ways = (await writtenDown(machines)).filter((state) => /^server\.\w+$/.test(state))
  expect(ways).toEqual(['server.reconnecting', 'server.ready'])
  expect(host.letters.filter(({ to }) => to === 'the whole team')).toHaveLength(1)
  expect([...opened.problems, ...machines.problems, ...servers.problems]).toEqual([])
})

test('the same with the keyboard alone, typed, since the microphone is blocked; the chart shows it once more', async () => {
  const browser = await openBrowser({ microphone: 'refused' })
  const opened = await browser.open(host.url)
  const { page } = opened
  await page.getByRole('button', { name: 'Call', exact: true }).and(page.locator(':enabled')).waitFor()
  await enter(opened, 'button', 'Call')
  await page
    .getByRole('region', { name: 'Telephone' })
    .getByText('allow it for this page, beside the address in your browser, and turn it on. You can type')
    .waitFor()
  await tabTo(opened, page.getByLabel('Type instead of speaking'))
  await page.keyboard.type('send a letter to carol')
  await page.keyboard.press('Enter')
  await host.untilWriting({ to: 'carol' })

  await enter(opened, 'link', 'Servers')
  await enter(opened, 'button', 'Kill post')
  await enter(opened, 'link', 'Call')
  // Whole: it was played to its end.
  await page.locator('.utterance:not(.is-beginning)', { hasText: 'I do not know' }).waitFor()
  expect((await shownIn(opened))[1]).toMatch(/^send_letter\n.*\nconnection_lost\nit is not known whether/)

  await enter(opened, 'link', 'Machines')
  await enter(opened, 'link', 'post ready')
  await untilLit(opened, 'server.ready')
  await tabTo(opened, page.getByRole('button', { name: '→ reconnecting.dialling' }).first())
  await page.keyboard.press('Enter')
  await untilLit(opened, 'server.reconnecting.dialling')
  await page.keyboard.press('ArrowLeft')
  await untilLit(opened, 'server.reconnecting.waiting')
  await page.keyboard.press('End')
  await untilLit(opened, 'server.ready')
  expect((await opened.played.heard(speech, sentences)).join(' ')).toContain(lost)
  expect(opened.problems).toEqual([])
})

test('a page that is loaded again has the calls of before, and an address leads to each of them', async () => {
  const browser = await openBrowser()
  const opened = await browser.open(host.url)
  const { page } = opened
  await page.getByRole('button', { name: '“tool status”' }).click()
  await page.getByRole('link', { name: /^tool_status/ }).waitFor()
  await page.getByRole('link', { name: 'Timeline', exact: true }).click()
  const calls = page.getByRole('region', { name: /^\d+ calls?$/ }).getByRole('listitem')
  await calls.first().waitFor()
  const before = await calls.allInnerTexts()
  await page.reload()
  await calls.first().waitFor()
  expect(await calls.allInnerTexts()).toEqual(before)

  const address = (await calls.first().getByRole('link').getAttribute('href')) ?? ''
  const linked = await opened.another(new URL(address, host.url).href)
  const details = linked.page.getByRole('complementary', { name: 'tool_status' })
  await details.getByText(address.split('/').at(-1) ?? '', { exact: true }).waitFor()
  await details.getByText('All tools can be used').waitFor()
  expect([...opened.problems, ...linked.problems]).toEqual([])
})

test('Ctrl+C while the agent speaks ends the process soon, without a complaint', async () => {
  const browser = await openBrowser()
  const opened = await browser.open(host.url)
  await opened.page.getByRole('button', { name: '“tool status”' }).click()
  await opened.untilPlaying()
  const interruptedAt = performance.now()
  const { code, stderr } = await host.stop()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(performance.now() - interruptedAt).toBeLessThan(6_000)
})
