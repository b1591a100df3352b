import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'vitest'
import { open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { openBrowser } from './browser.ts'
import { inspect } from './live-page.ts'
import { walk } from './walk.ts'

/** A page with servers and calls in all states that one can see. */
async function busyPage() {
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
  return { opened, bank, url }
}

/** It takes its time with drawings. */
const limitMs = 180_000

/** Only colours are others in the dark. */
const schemes = [
  ['light', {}],
  ['dark', { runOnly: 'color-contrast' }],
] as const

test.each(schemes)(
  'axe-core finds nothing wrong with any view (%s)',
  async (colorScheme, rules) => {
    const { opened, bank, url } = await busyPage()
    const page = await (await openBrowser()).open(url, { colorScheme })
    const conversation = opened.switchboard.conversation({ id: 'the first' })
    await conversation.call('charge', { amount: 1 })
    await conversation.call('charge', { amount: 0 })
    await conversation.call('fail', {})
    await conversation.call('progress', { steps: 2, everyMs: 5 })
    const running = conversation.call('charge', { amount: 2, until: 'later' })
    await bank.untilStarted('charge')

    const violations: string[] = []
    const visited = await walk(page, 1, async (address) => {
      const axe = new AxeBuilder({ page: page.page }).options({ preload: false, ...rules })
      for (const { id, nodes } of (await axe.analyze()).violations) {
        violations.push(
          ...nodes.map(({ target, failureSummary }) => `${address} ${id} ${target}: ${failureSummary}`),
        )
      }
    })
    expect(violations).toEqual([])
    expect(visited.map((address) => address.split('/')[1])).toEqual(
      expect.arrayContaining(['call', 'timeline', 'calls', 'machines', 'servers', 'functions']),
    )
    bank.release('later')
    await running
  },
  limitMs,
)
