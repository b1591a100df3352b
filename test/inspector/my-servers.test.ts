import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSwitchboard } from '../../src/index.ts'
import type { Template } from '../../src/registry/wire.ts'
import { listen } from '../support/listen.ts'
import { openBrowser, type TestPage } from './browser.ts'
import { inspect } from './live-page.ts'
import { expectAccessible, expectNoOverflow, expectNoProblems, focusedText, show } from './page-checks.ts'
import { RegistryStandIn, working } from './registry-stand-in.ts'

const telephone = { width: 360, height: 740 }
const evil = '<img src=x onerror="document.title=1">'
const zapier: Template = {
  id: '7b1f5dd5-1d5c-4a3e-8f39-3f4a6bd1f0f1',
  name: 'Zapier',
  description: 'Thousands of apps.',
  url: 'https://mcp.zapier.com/{path}/mcp',
  needs: [
    { kind: 'placeholder', placeholder: 'path', label: 'Path', hint: 'of your server' },
    { kind: 'header', header: 'Authorization', label: 'Token' },
  ],
}

interface Opened {
  registry: RegistryStandIn
  shown: TestPage
  page: Page
}

async function open(prepare: (registry: RegistryStandIn) => void = () => {}): Promise<Opened> {
  const registry = new RegistryStandIn()
  prepare(registry)
  const { url } = await inspect(createSwitchboard({ mcpServers: {} }), { registry })
  const shown = await (await openBrowser()).open(url)
  await show(shown.page, '#/my-servers')
  return { registry, shown, page: shown.page }
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true })
const names = (page: Page) => page.locator('.server h2').allInnerTexts()

/** At the end of a test: nothing was wrong with the page as it is, on any screen and in any light. */
async function expectAllWell({ shown, page }: Opened): Promise<void> {
  expectNoProblems(shown)
  await page.setViewportSize(telephone)
  await expectNoOverflow(page)
  await expectAccessible(page)
}

test('a page without a registry has no such view', async () => {
  const { url } = await inspect(createSwitchboard({ mcpServers: {} }))
  const { page } = await (await openBrowser()).open(url)
  await page.getByRole('link', { name: 'Servers', exact: true }).waitFor()
  expect(await page.getByRole('link', { name: 'My servers' }).count()).toBe(0)
  await show(page, '#/my-servers')
  await page.getByText('This page has no registry').waitFor()
  // Nor does anything stand below a heading where there is nothing.
  await show(page, '#/machines')
  await page.getByRole('heading', { level: 2, name: 'Conversations' }).waitFor()
  expect(await page.getByRole('heading', { level: 2, name: 'Servers' }).count()).toBe(0)
})

test('from nothing to a working tool by keyboard: what the template needs is asked for, then it is tested at once', async () => {
  const opened = await open(({ templates }) => templates.push(zapier))
  const { registry, page } = opened
  await heading(page, 'Add your first server').waitFor()
  await page.getByText('It needs: Path, Token.').waitFor()
  await page.getByRole('link', { name: 'Zapier' }).press('Enter')
  expect(await page.getByLabel('Token').getAttribute('type')).toBe('password')

  await page.getByLabel('Name').press('Enter')
  expect(await page.locator('.problem').allInnerTexts()).toEqual(['It is needed.', 'It is needed.'])
  await page.locator('#path:focus').waitFor()
  await page.keyboard.type('my own/path')
  await page.getByLabel('Token').fill('Bearer secret')
  await page.keyboard.press('Enter')

  await heading(page, 'Zapier').waitFor()
  await page.getByText('after 42 ms').waitFor()
  await expect.poll(() => page.locator('#announcements').innerText()).toBe('Test of Zapier: ready')
  await page.getByText('Sends an email to one recipient, at once.').waitFor()
  await page.getByText('Authorization: stored').waitFor()
  expect(registry.given).toEqual([
    {
      name: 'Zapier',
      url: 'https://mcp.zapier.com/my%20own%2Fpath/mcp',
      headers: { Authorization: 'Bearer secret' },
      templateId: zapier.id,
    },
  ])
  expect(await page.content()).not.toContain('secret')
  await expectAllWell(opened)
})

test('a server by its address and a header; what the registry refuses stands beside the field it is about', async () => {
  const opened = await open()
  const { registry, page } = opened
  await page.getByRole('link', { name: 'Another server' }).click()
  await page.getByLabel('Name').fill('Wiki')
  await page.getByLabel('Address').fill('https://10.0.0.1/mcp')
  await button(page, 'Add a header').click()
  await page.getByLabel('Header 1', { exact: true }).fill('X-Key')
  await page.getByLabel('Value of header 1').fill('k')
  await button(page, 'Add a header').click()

  const refusals = [
    { status: 400, errors: [{ pointer: '/url', detail: 'it has a private address' }], field: 'Address' },
    {
      status: 400,
      errors: [{ pointer: '/headers/X-Key', detail: 'printable only' }],
      field: 'Value of header 1',
    },
    {
      status: 409,
      type: 'urn:switchboard:problem:name_taken',
      detail: 'You have a Wiki already.',
      field: 'Name',
    },
  ]
  for (const { field, ...refusal } of refusals) {
    registry.refusesWith = refusal
    await button(page, 'Add and test').click()
    const input = page.getByLabel(field, { exact: true })
    await input.and(page.locator('[aria-invalid=true]')).waitFor()
    const wrong = page.locator(`#${(await input.getAttribute('aria-describedby'))?.split(' ').at(-1)}`)
    expect(await wrong.innerText()).toBe(refusal.errors?.[0]?.detail ?? refusal.detail)
    await expect.poll(() => input.evaluate((element) => element.matches(':focus'))).toBe(true)
  }
  registry.refusesWith = {
    status: 409,
    type: 'urn:switchboard:problem:too_many',
    detail: 'You have 50 servers.',
  }
  await button(page, 'Add and test').click()
  await page.getByText('You have 50 servers.').waitFor()

  await button(page, 'Add and test').click()
  await heading(page, 'Wiki').waitFor()
  expect(registry.given).toEqual([{ name: 'Wiki', url: 'https://10.0.0.1/mcp', headers: { 'X-Key': 'k' } }])
  // A refusal is an answer like any other, which the browser calls an error.
  expect(opened.shown.problems.filter((problem) => !/status of 4\d\d/.test(problem))).toEqual([])
})

test('what happens elsewhere is shown within a second', async () => {
  const { registry, page } = await open()
  await heading(page, 'Add your first server').waitFor()
  const { id } = registry.add({ name: 'Mail', url: 'https://mail.example.com/mcp' })
  const shownAt = performance.now()
  const card = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: 'Mail', exact: true }) })
  await card.getByText('nobody has tried it yet').waitFor()
  expect(performance.now() - shownAt).toBeLessThan(1_000)

  const changedAt = performance.now()
  const at = new Date().toISOString()
  const lastSeen = {
    status: 'failed' as const,
    at,
    from: 'call' as const,
    problem: `it says ${evil}`,
    functions: ['a', 'b'],
  }
  registry.change(id, { status: 'failed', statusSince: at, lastSeen })
  await card.getByText('failed', { exact: true }).waitFor()
  expect(performance.now() - changedAt).toBeLessThan(1_000)
  await card.getByText(/^failed for \d s · 2 functions$/).waitFor()
  await card.getByText(`it says ${evil}`).waitFor()
})

describe('a server', () => {
  test('of another site is signed in at: who comes back from there is let in without the token again', async () => {
    const { registry, page } = await open((registry) => {
      const authorization = { kind: 'oauth' as const, state: 'signed_out' as const, scopes: [] }
      registry.add({ name: 'Mail', authorization })
    })
    const back = `${new URL(page.url()).origin}/api/mcp/oauth/callback?code=c&state=s`
    const site = createServer((_, response) =>
      response.setHeader('content-type', 'text/html').end(`<a href="${back}">Agree</a>`),
    )
    const { port } = await listen(site)
    onTestFinished(() => void site.close())
    registry.authorizationUrl = `http://localhost:${port}/`
    await button(page, 'Sign in at Mail').click()
    await page.getByRole('link', { name: 'Agree' }).click()
    await page.getByText('after 42 ms').waitFor()
    // From another site a browser sends no cookie that is SameSite=Strict.
    expect(registry.cameBackWith).toEqual([undefined])
  })

  test('that wants somebody to sign in leads there, and is tested when they are back', async () => {
    const opened = await open((registry) => {
      registry.finds = {
        ...working,
        status: 'unauthorized',
        functions: [],
        needsSignIn: true,
        problem: 'sign in first',
      }
      registry.add({ name: 'Mail' })
    })
    const { registry, page } = opened
    await page.getByRole('link', { name: 'Mail', exact: true }).click()
    await button(page, 'Test it').click()
    await page.getByText('It wants you to sign in.').waitFor()

    registry.authorizationUrl = 'javascript:document.title=1'
    await button(page, 'Sign in at Mail').click()
    await page.getByText('It leads to no web page; it was not opened.').waitFor()

    const back = page.url()
    registry.authorizationUrl = `${new URL(back).origin}/page/styles/tokens.css`
    await button(page, 'Sign in at Mail').click()
    await page.waitForURL('**/tokens.css')
    registry.finds = working
    const scopes = ['tools']
    const { id = '' } = registry.servers[0] ?? {}
    registry.change(id, {
      authorization: { kind: 'oauth', state: 'signed_in', issuer: 'https://id.example.com', scopes },
    })
    await page.goto(back)
    await page.getByText('yes at id.example.com, for tools').waitFor()
    await page.getByText('after 42 ms').waitFor()

    await button(page, 'Sign out').click()
    await page.getByText('It wants you to sign in.').waitFor()
    // The test was before that, and nothing of it is shown as if it held.
    await page.getByText('It offered send_email.').waitFor()
    await page.getByText(/^after 42 ms, at .*, before the last change$/).waitFor()
    expect(await page.locator('.heading .badge').allInnerTexts()).toEqual(['signed out'])
    await page.getByText(/^last seen ready in a test, \d+ s ago$/).waitFor()
    expect(await page.locator('main .badge.is-good').count()).toBe(0)
    await expectAllWell(opened)
  })

  test('can be disabled, enabled and renamed; a wrong name stands beside its field', async () => {
    const opened = await open((registry) => registry.add({ name: 'Mail' }))
    const { registry, page } = opened
    await page.getByRole('link', { name: 'Mail', exact: true }).click()
    await button(page, 'Disable').press('Enter')
    await button(page, 'Enable').waitFor()
    expect(await focusedText(page)).toBe('Enable')
    await page.locator('.heading').getByText('disabled').waitFor()
    await page.keyboard.press('Enter')
    await button(page, 'Disable').waitFor()

    await page.getByLabel('Name').fill('Post')
    registry.refusesWith = {
      status: 409,
      type: 'urn:switchboard:problem:name_taken',
      detail: 'You have a Post already.',
    }
    await page.keyboard.press('Enter')
    await page.locator('#name-wrong', { hasText: 'You have a Post already.' }).waitFor()
    await page.getByLabel('Name').fill('Letters')
    await page.keyboard.press('Enter')
    await heading(page, 'Letters').waitFor()
    expect(registry.given).toEqual([{ enabled: false }, { enabled: true }, { name: 'Letters' }])
  })

  test('gives nothing of its headers away, and takes other ones and another address, which drops them', async () => {
    const { registry, page } = await open((registry) => {
      registry.add({ name: 'Mail', authorization: { kind: 'headers', names: ['Authorization', 'X-Key'] } })
    })
    await page.getByRole('link', { name: 'Mail', exact: true }).click()
    await page.getByText('Authorization, X-Key: stored').waitFor()
    await page.getByLabel('X-Key').fill('new')
    await button(page, 'Store').click()
    await page.getByText('It is needed.').waitFor()
    await page.getByLabel('Authorization').fill('Bearer new')
    await button(page, 'Store').click()
    await page.getByText('not stored yet').waitFor({ state: 'detached' })
    const headers = { Authorization: 'Bearer new', 'X-Key': 'new' }
    expect(registry.given).toEqual([{ name: 'Mail', headers }])
    await page.getByText('✓ Stored').waitFor()

    await button(page, 'Drop X-Key').click()
    await page.getByText('Dropped with “Store”: X-Key.').waitFor()
    await page.getByLabel('Authorization').fill('Bearer newer')
    await button(page, 'Add a header').click()
    await page.getByLabel('New header 1', { exact: true }).fill('X-Other')
    await button(page, 'Store').click()
    await page.getByText('It is needed.').waitFor()
    await page.getByLabel('Value of new header 1').fill('o')
    await button(page, 'Store').click()
    await page.getByText('Authorization, X-Other: stored').waitFor()
    expect(registry.given.at(-1)).toEqual({
      name: 'Mail',
      headers: { Authorization: 'Bearer newer', 'X-Other': 'o' },
    })

    await page.getByLabel('Address').fill('https://mcp.example.com/other')
    expect(await page.getByText('This is another origin').count()).toBe(0)
    await page.getByLabel('Address').fill('https://elsewhere.example.com/mcp')
    await page.getByText('This is another origin: the stored headers are dropped.').waitFor()
    await expectAccessible(page)
    await button(page, 'Store').click()
    await page.getByText('https://elsewhere.example.com/mcp', { exact: true }).waitFor()
    await page.getByText('stored', { exact: false }).and(page.locator('dd')).waitFor({ state: 'detached' })
    expect(registry.given.at(-1)).toEqual({ name: 'Mail', url: 'https://elsewhere.example.com/mcp' })
  })

  test('that was changed elsewhere is not changed here: it says so, and shows how it is', async () => {
    const { registry, page } = await open((registry) => registry.add({ name: 'Mail' }))
    const [server] = registry.servers
    if (!server) throw new Error('there is none')
    await page.getByRole('link', { name: 'Mail', exact: true }).click()
    await button(page, 'Disable').waitFor()
    // Nobody tells the page.
    Object.assign(server, { name: 'Post', version: 7 })
    await button(page, 'Disable').click()
    await page.getByText('It was changed elsewhere in the meantime').waitFor()
    await heading(page, 'Post').waitFor()
    expect(server.enabled).toBe(true)
    await button(page, 'Disable').click()
    await button(page, 'Enable').waitFor()
    await page.getByText('It was changed elsewhere').waitFor({ state: 'detached' })
  })

  test('is removed after a question, which can be answered with no', async () => {
    const opened = await open((registry) => registry.add({ name: 'Mail' }))
    const { registry, page } = opened
    await page.getByRole('link', { name: 'Mail', exact: true }).click()
    await button(page, 'Remove it').press('Enter')
    await button(page, 'Keep it').and(page.locator(':focus')).press('Enter')
    await button(page, 'Remove it').and(page.locator(':focus')).waitFor()
    expect(registry.servers).toHaveLength(1)
    await page.keyboard.press('Enter')
    await page.getByText('with what is stored for it?').waitFor()
    await expectAccessible(page)
    await button(page, 'Remove Mail').click()
    await heading(page, 'Add your first server').waitFor()
    expect(registry.servers).toEqual([])
  })
})

test('servers are put in another order by keyboard, which stays on its button', async () => {
  const opened = await open((registry) => {
    for (const name of ['One', 'Two', 'Three']) registry.add({ name })
  })
  const { page, registry } = opened
  await button(page, /Up\s*: Three/).press('Enter')
  await expect.poll(() => names(page)).toEqual(['One', 'Three', 'Two'])
  await button(page, /Up\s*: Three/)
    .and(page.locator(':focus'))
    .press('Enter')
  await expect.poll(() => names(page)).toEqual(['Three', 'One', 'Two'])
  await button(page, /Up\s*: Three/)
    .and(page.locator('[aria-disabled=true]:focus'))
    .press('Enter')
  expect(await names(page)).toEqual(['Three', 'One', 'Two'])
  await expectAllWell(opened)
  // One alone has no order.
  registry.servers.splice(1)
  registry.tell('servers')
  await expect.poll(() => button(page, /Up/).count()).toBe(0)
  expect(await names(page)).toEqual(['Three'])
})

test('a registry that does not answer is said to be away, and what was known stays', async () => {
  const { registry, page } = await open((registry) => registry.add({ name: 'Mail' }))
  await page.route('**/api/mcp/servers?*', (route) => route.abort())
  registry.tell('servers')
  await page.getByText('Switchboard does not answer; is it still running?').waitFor()
  await page.getByRole('link', { name: 'Mail', exact: true }).waitFor()
  await page.unroute('**/api/mcp/servers?*')
  registry.tell('servers')
  await page.getByText('Switchboard does not answer').waitFor({ state: 'detached' })
})
