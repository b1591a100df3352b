import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { listen } from '../support/listen.ts'
import { Besieged } from './besieged.ts'
import { openBrowser } from './browser.ts'

const besieged = new Besieged()
beforeAll(() => besieged.open())
afterAll(() => besieged.close())

/** What a page tries with the address of ours; each try says how it ended. */
const tries = `
const tried = (element, attributes) => new Promise((resolve) => {
  const made = Object.assign(document.createElement(element), attributes)
  made.onload = () => resolve('loaded')
  made.onerror = () => resolve('refused')
  document.body.append(made)
})
const fetched = (path, options) => fetch(page + path, { credentials: 'include', ...options }).then(
  ({ type, status }) => type + ' ' + status,
  () => 'refused',
)
const connected = (path) => new Promise((resolve) => {
  const socket = new WebSocket(page.replace('http', 'ws') + path)
  socket.onopen = () => resolve('open')
  socket.onerror = () => resolve('refused')
})
const body = JSON.stringify({ arguments: { amount: 1 } })
const call = '/api/functions/charge/call'
return {
  read: await fetched('/'),
  readUnseen: await fetched('/', { mode: 'no-cors' }),
  call: await fetched(call, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  callUnseen: await fetched(call, { method: 'POST', body, mode: 'no-cors' }),
  script: await tried('script', { src: page + '/page/main.js' }),
  style: await tried('link', { rel: 'stylesheet', href: page + '/page/styles/base.css' }),
  image: await tried('img', { src: page + '/page/styles/base.css' }),
  live: await connected('/live'),
  voice: await connected('/voice'),
  stately: await connected('/stately/live'),
  frame: await tried('iframe', { src: page + '/' }).then(() => frames[0].length),
}`

test.each(['127.0.0.1', 'localhost'])(
  'a page of another port of %s, in the browser that has the cookie, gets nothing and does nothing',
  async (name) => {
    const page = `http://127.0.0.1:${besieged.port}`
    const elsewhere = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end('<body>'),
    )
    const { port: elsewherePort } = await listen(elsewhere)
    onTestFinished(() => {
      elsewhere.closeAllConnections()
      elsewhere.close()
    })
    const browser = await openBrowser()
    const ours = await browser.open(besieged.url)
    expect(await ours.page.evaluate('fetch("/").then(({ status }) => status)')).toBe(200)

    const { page: theirs } = await ours.another(`http://${name}:${elsewherePort}/`)
    const outcome = await theirs.evaluate(`(async (page) => {${tries}})('${page}')`)

    expect(outcome).toEqual({
      ...{ read: 'refused', readUnseen: 'refused', call: 'refused', callUnseen: 'refused' },
      ...{ script: 'refused', style: 'refused', image: 'refused', frame: 0 },
      ...{ live: 'refused', voice: 'refused', stately: 'refused' },
    })
    expect(theirs.frames()[1]?.url()).toBe('chrome-error://chromewebdata/')
    besieged.expectNothingDone()
  },
)
