import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import type { UserServers } from '../../src/contract/user-servers.ts'
import { createSwitchboard } from '../../src/index.ts'
import { listen } from '../support/listen.ts'
import { openBrowser, type TestPage } from './browser.ts'
import { inspect } from './live-page.ts'
import { expectAccessible, expectNoProblems, show } from './page-checks.ts'

/** A page in front of a caller's own server, which lets nobody in; who keeps it knows where to sign in. */
async function openRefused(signInUrl: string): Promise<TestPage> {
  const { url } = await listen(
    createServer((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
    }),
  )
  const credentials = {
    authorization: undefined,
    refuse: async () => ({ isRenewed: false, signInUrl, reason: 'nobody is signed in' }),
  }
  const userServers: UserServers = {
    servers: new Map([['mail', { url: `${url}/mcp`, headers: {}, options: {}, credentials }]]),
    problem: undefined,
    egress: { allowHosts: [new URL(url).host] },
    subscribe: () => () => {},
  }
  const switchboard = createSwitchboard({ mcpServers: {} })
  switchboard.start()
  onTestFinished(() => switchboard.stop())
  const inspector = await inspect(switchboard)
  const opened = await (await openBrowser()).open(inspector.url)
  const conversation = switchboard.conversation({ userServers })
  onTestFinished(() => conversation.end())
  await show(opened.page, '#/servers')
  await opened.page.getByText('unauthorized', { exact: true }).waitFor()
  return opened
}

test('a server that lets nobody in shows where to sign in, in the list and by itself', async () => {
  const opened = await openRefused('https://tools.example.com/#/my-servers/1')
  const { page } = opened
  const link = page.getByRole('link', { name: 'Sign in at tools.example.com' })
  const told = () =>
    link.evaluate((element) => ['href', 'rel', 'target'].map((name) => element.getAttribute(name)))
  const expected = ['https://tools.example.com/#/my-servers/1', 'noreferrer', '_blank']
  expect(await told()).toEqual(expected)
  await page.getByRole('link', { name: 'mail', exact: true }).click()
  await page.getByText('calls in flight').waitFor()
  expect(await told()).toEqual(expected)
  expectNoProblems(opened)
  await expectAccessible(page)
})

test.each(['javascript:document.title=1', 'file:///bin/sh', 'nowhere'])(
  '%s is no place to sign in',
  async (url) => {
    const { page } = await openRefused(url)
    expect(await page.getByRole('link', { name: /Sign in/ }).count()).toBe(0)
  },
)
