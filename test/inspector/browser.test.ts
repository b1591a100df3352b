import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Speech, startSpeech } from '../../src/rehearsal/index.ts'
import { listen } from '../support/listen.ts'
import { isAlive } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { TestBrowser } from './browser/test-browser.ts'
import { openBrowser, spoken } from './browser.ts'

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

const policy = "default-src 'none'; script-src 'self'; connect-src 'self'"

/** A site of some files; what is not among them is not found. */
async function site(files: Record<string, string>): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const body = files[url]
    const type = url.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': type,
      'content-security-policy': policy,
    })
    response.end(body)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (await listen(server)).url
}

const echo = `
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false } })
  const context = new AudioContext()
  context.createMediaStreamSource(stream).connect(context.destination)
`

const sentences = [
  'I found two pages about state machines.',
  'The mail to carol is on its way.',
  'Good day to you.',
]

test('what is said into the microphone reaches the page, and what the page plays is heard', async () => {
  const url = await site({ '/': '<script type="module" src="/echo.js"></script>', '/echo.js': echo })
  const [first = '', second = ''] = sentences
  const microphone = await spoken(speech, [{ pauseMs: 500 }, first, { pauseMs: 1_000 }, second])
  const browser = await openBrowser({ microphone })

  const page = await browser.open(url)
  await page.untilPlaying()
  await page.untilPlayed(2)

  expect(await page.microphone.heard(speech, sentences)).toEqual([first, second])
  expect(await page.played.heard(speech, sentences)).toEqual([first, second])
  expect(page.problems).toEqual([])
})

const asking = `
  navigator.mediaDevices.getUserMedia({ audio: true }).catch(({ name }) => { document.title = name })
`

test('where the microphone is refused, a page is told so as by a person', async () => {
  const url = await site({ '/': '<script src="/asking.js"></script>', '/asking.js': asking })
  const browser = await openBrowser({ microphone: 'refused' })

  const { page } = await browser.open(url)

  await until(async () => (await page.title()) === 'NotAllowedError', 'it is refused')
})

test('the problems of a page are told', async () => {
  const url = await site({
    '/': '<script src="/bad.js"></script><script>document.title = "inline"</script><img src="/missing.png">',
    '/bad.js': 'console.warn("careful"); throw new Error("broken")',
  })
  const browser = await openBrowser()

  const page = await browser.open(url)
  await until(() => page.problems.some((problem) => problem.includes('img-src')), 'the image is refused')

  expect(await page.page.title()).toBe('')
  expect(page.problems.sort()).toEqual([
    expect.stringMatching(/^console: Executing inline script violates/),
    expect.stringMatching(/^console: Loading the image .* violates/),
    'error: broken',
    // Of what the parser looks for in advance no place is told.
    expect.stringMatching(/^policy: img-src http:\S+\/missing\.png \(\S*:[01]\)$/),
    `policy: script-src-elem inline (${url}/:1)`,
    `request: ${url}/missing.png csp`,
  ])
  expect(page.console[0]).toBe('careful')
})

test('two pages of one browser share cookies, and those that were opened alone do not', async () => {
  const url = await site({ '/': '<title>here</title>' })
  const browser = await openBrowser()

  const page = await browser.open(url)
  await page.page.evaluate('document.cookie = "a=1"')
  const [beside, alone] = [await page.another(url), await browser.open(url)]

  expect(await beside.page.evaluate('document.cookie')).toBe('a=1')
  expect(await alone.page.evaluate('document.cookie')).toBe('')
})

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** The processes of the group that one with this word in its command leads. */
function groupOf(word: string): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const leader = all.find((pid) => read(`/proc/${pid}/cmdline`).includes(word))
  return all.map(Number).filter((pid) => read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[2] === leader)
}

test.runIf(process.platform === 'linux')('a browser that is closed leaves no process', async () => {
  const browser = await TestBrowser.launch()
  await (await browser.open(await site({ '/': '' }))).another('about:blank')
  const group = groupOf(browser.directory)
  expect(group.length).toBeGreaterThan(2)

  await browser.close()

  await until(() => !group.some(isAlive), 'all are gone')
})
