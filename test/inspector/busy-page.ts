import type { BrowserContextOptions } from 'playwright-core'
import { open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { openBrowser, type TestPage } from './browser.ts'
import { inspect } from './live-page.ts'

/** A page in a browser, with servers and calls in all states that one can see; one call runs on. */
export async function busyPage(options: BrowserContextOptions): Promise<TestPage> {
  const bank = new TestServer()
  const opened = open(
    {
      bank: bank.stdio(),
      gone: new TestServer('--exit-with', 'no key').stdio(),
      lost: { command: '/nowhere' },
    },
    { patienceMs: 100, minBackOffMs: 60_000, maxBackOffMs: 60_000 },
  )
  const { url, voiceSettled } = await inspect(opened.switchboard, { allowFaults: true, voice: {} })
  await Promise.all([opened.untilReady('bank'), opened.untilState('lost', 'failed'), voiceSettled])
  const page = await (await openBrowser()).open(url, options)
  // What happens before it looks is not seen.
  await page.page.getByText(/servers ready$/).waitFor()
  const conversation = opened.switchboard.conversation({ id: 'the first' })
  await conversation.call('charge', { amount: 1 })
  await conversation.call('charge', { amount: 0 })
  await conversation.call('fail', {})
  await conversation.call('progress', { steps: 2, everyMs: 5 })
  void conversation.call('charge', { amount: 2, until: 'it is over' })
  await bank.untilStarted('charge')
  return page
}
