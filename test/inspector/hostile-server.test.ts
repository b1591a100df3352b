import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import { openReady } from '../support/opened.ts'
import { openBrowser, type TestPage } from './browser.ts'
import { inspect } from './live-page.ts'
import { walk } from './walk.ts'

const program = fileURLToPath(new URL('strange-server.mjs', import.meta.url))

/** Each runs a script where it is taken for more than a text, or steers a terminal or a reader. */
const texts = [
  '<script>globalThis.ran = true</script>',
  '<img src="x" onerror="globalThis.ran = true">',
  '"><svg onload="globalThis.ran = true">',
  '</textarea></style></title><script>globalThis.ran = true</script>',
  "' autofocus onfocus='globalThis.ran = true' x='",
  'javascript:globalThis.ran = true',
  '<iframe srcdoc="<script>parent.ran = true</script>"></iframe>',
  '<a href="javascript:globalThis.ran = true">click</a>',
  '<style>* { display: none !important }</style>',
  `<!--?lit$1$--><?lit$1$>$\u007bglobalThis.ran = true}{{constructor.constructor("globalThis.ran = true")()}}`,
  '\u001b[2J\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007 \u202egnp.exe\u2066\u200f\u{e0041}\u0000\u0085',
]
const markup = texts[1] ?? ''

function strange(tools: number): JsonObject {
  return {
    command: process.execPath,
    args: [program, JSON.stringify({ texts, tools, largeCharacters: 10_000_000 })],
  }
}

/** What a page has become. */
const inspection = `
const elements = [...document.querySelectorAll('*')]
const hasHandler = ({ attributes }) => [...attributes].some(({ name }) => name.startsWith('on'))
const addresses = elements.flatMap(({ href, src }) => [href, src])
const steering = /[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\u{e0000}-\\u{e007f}]/u
return {
  text: document.body.textContent,
  found: {
    ran: 'ran' in globalThis,
    handlers: elements.filter(hasHandler).map(({ outerHTML }) => outerHTML),
    scripts: [...document.scripts].map(({ src, text }) => src.replace(location.origin, '') || text),
    embedded: document.querySelectorAll('iframe, object, embed, base, form[action]').length,
    addresses: addresses.filter((address) => /^(javascript|data:text)/.test(address ?? '')),
    steers: steering.test(document.documentElement.textContent),
  },
}`
const nothing = {
  ran: false,
  handlers: [],
  scripts: ['/page/main.js'],
  embedded: 0,
  addresses: [],
  steers: false,
}
const seenSchema = z.object({ text: z.string(), found: z.unknown() })

/** The text of the page, in which nothing is but text. */
async function textOf({ page }: TestPage, address: string): Promise<string> {
  const seen: unknown = await page.evaluate(`(() => {${inspection}})()`)
  const { text, found } = seenSchema.parse(seen)
  expect(found, address).toEqual(nothing)
  return text
}

/** The addresses at which `text` is shown. */
async function placesOf(page: TestPage, text: string, maxPerKind: number): Promise<string[]> {
  const places: string[] = []
  await walk(page, maxPerKind, async (address) => {
    if ((await textOf(page, address)).includes(text)) places.push(address)
  })
  return places
}

/** Between two frames, on a machine that does much else. */
const maxGapMs = 1_500
const measure = `
globalThis.longestGapMs = 0
let last = performance.now()
const frame = (now) => {
  globalThis.longestGapMs = Math.max(globalThis.longestGapMs, now - last)
  last = now
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)`

async function strangePage(tools: number) {
  const opened = await openReady({ strange: strange(tools) }, { maxBackOffMs: 50, patienceMs: 5_000 })
  const { url } = await inspect(opened.switchboard, { allowFaults: true })
  const page = await (await openBrowser()).open(url)
  await page.page.evaluate(measure)
  return { opened, page }
}

test('nothing that a server says runs, leads elsewhere or steers, in any view; it is shown as what it is', async () => {
  const { opened, page } = await strangePage(0)
  const conversation = opened.switchboard.conversation()
  for (const name of ['answer', 'progress', 'fail', 'refuse', 'form', 'die']) {
    await conversation.call(name, Object.fromEntries(texts.map((text) => [text, text])))
  }
  const hanging = conversation.call('hang', {})
  const [, failed = ''] = [...opened.events].flatMap((event) =>
    event.type === 'call.ended' && !event.outcome.ok ? event.callId : [],
  )

  const places = await placesOf(page, markup, 4)
  expect(places).toEqual(
    expect.arrayContaining([
      ...['#/functions', '#/functions/form', '#/servers/strange'],
      ...[`#/timeline/${failed}`, '#/machines/newest-call'],
    ]),
  )
  await page.page.evaluate("location.hash = '#/servers/strange'")
  const log = page.page.getByRole('list', { name: 'Its log, the newest first' })
  expect(await log.innerText()).toContain(markup)
  expect(page.problems).toEqual([])
  await conversation.end()
  await hanging
})

test('what a server answers to a form of the page is text too', async () => {
  const { page } = await strangePage(0)
  await page.page.evaluate("location.hash = '#/functions/form'")
  await page.page.locator('#run-it').click()
  await page.page.getByRole('region', { name: 'Answer' }).waitFor()
  expect(await textOf(page, 'after the answer')).toContain(markup)
  expect(page.problems).toEqual([])
})

test('neither an answer of ten megabytes nor a thousand tools make the page stand still', async () => {
  const { opened, page } = await strangePage(1_000)
  const conversation = opened.switchboard.conversation()
  expect(await conversation.call('large', {})).toMatchObject({ ok: true })
  expect(await conversation.call('wide', {})).toMatchObject({ ok: true })

  const places = await placesOf(page, markup, 2)
  expect(places).toContain('#/functions')
  expect(await page.page.evaluate('globalThis.longestGapMs')).toBeLessThan(maxGapMs)
  expect(page.problems).toEqual([])
})
