import type { BrowserContextOptions } from 'playwright-core'
import { open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { openBrowser, type TestPage } from './browser.ts'
import { inspect } from './live-page.ts'
import { RegistryStandIn } from './registry-stand-in.ts'

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
  const registry = busyRegistry()
  const { url, voiceSettled } = await inspect(opened.switchboard, { allowFaults: true, voice: {}, registry })
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

/** Of each kind that one can see, with names and words that are long. */
function busyRegistry(): RegistryStandIn {
  const registry = new RegistryStandIn()
  const long = 'x'.repeat(60)
  const seen = { at: new Date().toISOString(), from: 'test' as const, functions: [`find_${long}`, 'send'] }
  registry.templates.push({
    ...{ id: '7b1f5dd5-1d5c-4a3e-8f39-3f4a6bd1f0f1', name: 'Zapier', description: `Apps, ${long}.` },
    url: 'https://mcp.zapier.com/{path}/mcp',
    needs: [
      { kind: 'placeholder', placeholder: 'path', label: 'Path', hint: 'of your server' },
      { kind: 'header', header: 'Authorization', label: 'Token' },
      { kind: 'signIn' },
    ],
  })
  registry.add({
    ...{ name: long, url: `https://mcp.example.com/${long}/${long}`, status: 'unauthorized' },
    authorization: { kind: 'oauth', state: 'more_needed', issuer: 'https://id.example.com', scopes: [long] },
    lastSeen: { ...seen, status: 'unauthorized', problem: `it wants ${long} ${long}` },
  })
  registry.add({
    ...{ name: 'Mail', status: 'ready', statusSince: seen.at, lastSeen: { ...seen, status: 'ready' } },
    authorization: { kind: 'headers', names: ['Authorization', 'X-Key'] },
  })
  registry.add({ name: 'Old', status: 'disabled', enabled: false })
  return registry
}
