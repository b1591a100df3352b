import { once } from 'node:events'
import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContext } from 'playwright-core'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { inspectionOf } from '../../src/switchboard/inspection.ts'
import { Search } from '../security/canaries.ts'
import { environment, stdio } from '../security/leaky.ts'
import { type Opened, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { openBrowser } from './browser.ts'
import { inspect, Visitor } from './live-page.ts'

const messageSchema = z.looseObject({ type: z.string(), _version: z.string(), name: z.string().optional() })

/**
 * In the place of stately.ai, which no test reaches: a page that says that it is there as `createBrowserReceiver` of
 * `@statelyai/inspect` 0.7.2 does, and keeps what it is shown. What came from it, and what it was shown.
 */
class StandIn {
  readonly requests: string[] = []
  readonly messages: z.infer<typeof messageSchema>[] = []

  async putInto(context: BrowserContext): Promise<void> {
    await context.exposeFunction('shown', (message: unknown) =>
      this.messages.push(messageSchema.parse(message)),
    )
    await context.route(/^https:/, (route) => {
      this.requests.push(route.request().url())
      return route.fulfill({
        contentType: 'text/html',
        body: `<script>
          addEventListener('message', ({ data }) => shown(data))
          parent.postMessage({ type: '@statelyai.connected' }, '*')
        </script>`,
      })
    })
  }

  types(): Set<string> {
    return new Set(this.messages.map(({ type }) => type))
  }
}

test('Stately is loaded and shown the machines when somebody presses the button, and no longer than that', async () => {
  const opened = await openReady({ it: stdio('never') }, { environment, maxTextCharacters: 1_000 })
  const { statelyUrl = '' } = await inspect(opened.switchboard, { stately: true })
  const browser = await openBrowser()
  const { page, problems } = await browser.open(statelyUrl)
  const standIn = new StandIn()
  await standIn.putInto(page.context())

  await page.evaluate("postMessage({ type: '@statelyai.connected' }, '*')")
  await opened.switchboard.call('answer', {})
  expect(standIn.requests).toEqual([])

  await page.click('text=Show the machines to Stately')
  await until(() => standIn.messages.length >= 3, 'the machines that are there are shown')
  const given = { a: environment.IN_ENV, b: environment.IN_ARGS }
  for (const name of ['answer', 'progress', 'fail', 'refuse']) await opened.switchboard.call(name, given)
  await page.waitForSelector('text=/[0-9]+ messages shown/')
  expect(standIn.requests).toEqual(['https://stately.ai/inspect'])
  expect(standIn.types()).toEqual(new Set(['@xstate.actor', '@xstate.event', '@xstate.snapshot']))
  expect(standIn.messages[1]).toMatchObject({
    type: '@xstate.actor',
    _version: '0.7.2',
    name: 'it#1',
    definition: expect.stringContaining('"id":"server"'),
    snapshot: { value: 'ready' },
  })
  const search = new Search()
  search.look('what Stately was shown', standIn.messages)
  expect(JSON.stringify(standIn.messages)).toContain('[hidden]')
  expect(search.found).toEqual([])

  await page.click('text=Stop')
  const shown = standIn.messages.length
  await opened.switchboard.call('answer', {})
  expect(await page.locator('iframe').count()).toBe(0)
  expect(standIn.messages.length).toBe(shown)
  expect(problems).toEqual([])
})

test.each(['light', 'dark'] as const)(
  'axe-core finds nothing wrong with its page (%s)',
  async (colorScheme) => {
    const opened = await openReady({ bank: new TestServer('--only', 'charge').stdio() })
    const { statelyUrl = '' } = await inspect(opened.switchboard, { stately: true })
    const { page } = await (await openBrowser()).open(statelyUrl, { colorScheme })
    const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  },
)

test('without the option there is no such page and no such socket', async () => {
  const opened = await openReady({ bank: new TestServer('--only', 'charge').stdio() })
  const { url, statelyUrl } = await inspect(opened.switchboard)
  expect(statelyUrl).toBe(undefined)
  const { page } = await (await openBrowser()).open(url)
  expect((await page.request.get(new URL('/stately', url).href)).status()).toBe(404)
})

async function connect(url: string): Promise<WebSocket> {
  const socket = (await Visitor.to(url)).connect('/stately/live')
  await once(socket, 'open')
  return socket
}

test('a page that is too slow holds nothing up, and is told of every machine anew', async () => {
  const server = new TestServer('--only', 'charge')
  const block = { type: 'text', text: 'x'.repeat(2_000) }
  server.order({ at: 'tools/call', result: { content: Array.from({ length: 30 }, () => block) } })
  const opened = await openReady({ it: server.stdio() })
  const { statelyUrl = '' } = await inspect(opened.switchboard, { stately: true })
  const socket = await connect(statelyUrl)
  const told: string[] = []
  socket.on('message', (data) => {
    const { type, name = '' } = messageSchema.parse(JSON.parse(data.toString()))
    told.push(type === '@xstate.actor' ? name : type)
  })
  const introductions = () => told.filter((what) => what === 'supervisor').length
  await until(() => introductions() === 1, 'it is told of what is there')

  socket.pause()
  const calls = 200
  for (let count = 0; count < calls; count++) await opened.switchboard.call('charge', { amount: 1 })
  socket.resume()
  await until(() => introductions() === 2, 'it has caught up')

  const heard = told.filter((what) => what === 'conversation').length
  expect(heard).toBeLessThan(calls)
  await opened.switchboard.call('charge', { amount: 1 })
  await until(
    () => told.filter((what) => what === 'conversation').length === heard + 1,
    'it is told again of what happens',
  )
})

/** How many observers the servers' machines have. */
function observersOf({ switchboard }: Opened): () => number {
  let count = 0
  inspectionOf(switchboard).pools.watch(({ pool: { actor } }) => {
    const inspect = actor.system.inspect
    actor.system.inspect = (observer) => {
      const { unsubscribe } = inspect(observer)
      count += 1
      return {
        unsubscribe: () => {
          count -= 1
          unsubscribe()
        },
      }
    }
  })
  return () => count
}

test('nothing is observed before a page is there, nor after it has gone or spoken', async () => {
  const opened = await openReady({ bank: new TestServer('--only', 'charge').stdio() })
  const observers = observersOf(opened)
  const { statelyUrl = '' } = await inspect(opened.switchboard, { stately: true })
  expect(observers()).toBe(0)
  const [first, second] = [await connect(statelyUrl), await connect(statelyUrl)]
  expect(observers()).toBe(2)

  first.terminate()
  await until(() => observers() === 1, 'the first is not told any more')
  second.send('x')
  expect(await once(second, 'close')).toEqual([1008, Buffer.from('this page only listens')])
  await until(() => observers() === 0, 'nobody is told any more')
})
