import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type Speech, startSpeech } from '../../src/rehearsal/index.ts'
import { printedEvent, startSwitchboard, temporaryFolder, withoutProgress } from '../cli/support.ts'
import { until } from '../support/until.ts'
import { addServer, signInAt } from './add-server.ts'
import { openBrowser, spoken } from './browser.ts'
import { expectNoProblems, show } from './page-checks.ts'

const limitMs = 120_000
const asked = 'send an email to carol at example dot com with the subject lunch and the body see you at noon'
const openedSchema = z.looseObject({ url: z.string() })
const portsSchema = z.record(z.string(), z.number())

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

async function start(folder: string) {
  const running = startSwitchboard(['own-servers', '--json'], { cwd: folder })
  onTestFinished(async () => {
    running.child.kill('SIGKILL')
    await running.finished
  })
  const { url } = openedSchema.parse(await printedEvent(running.child, ({ type }) => type === 'page'))
  return { url, running }
}

async function mailsIn(folder: string): Promise<string[]> {
  const outbox = join(folder, 'rehearsal', 'outbox')
  const files = (await readdir(outbox)).filter((name) => name.endsWith('.eml'))
  return Promise.all(files.map((file) => readFile(join(outbox, file), 'utf8')))
}

test(
  'a user adds two servers from templates, signs in, and sends a mail in a spoken call; nothing is left of it afterwards',
  async () => {
    const folder = await temporaryFolder()
    const { url, running } = await start(folder)
    const browser = await openBrowser({ microphone: await spoken(speech, [{ pauseMs: 1_500 }, asked]) })
    const opened = await browser.open(url)
    const { page } = opened
    const beganAt = performance.now()
    await show(page, '#/my-servers')
    await page.getByRole('heading', { name: 'Add your first server' }).waitFor()
    await addServer(page, 'Mail (example)')
    await signInAt(page, 'Mail (example)')
    await page.getByText('send_email').waitFor()
    expect(performance.now() - beganAt).toBeLessThan(60_000)
    await addServer(page, 'Web (example)')

    await show(page, '#/call')
    await page.getByText('Your own servers connect when you call').waitFor()
    await page.getByText('Web (example) waits for you to sign in.').waitFor()
    await page.getByRole('button', { name: '“tool status”' }).click()
    await page.getByRole('button', { name: 'Hang up' }).waitFor()
    expect(await page.getByText('Your own servers connect when you call').count()).toBe(0)

    // In the middle of the call, which goes on: in a tab of its own.
    await page.locator('.server').getByRole('link', { name: 'Sign in at' }).click()
    await page.getByText('Opens another tab; your call goes on.').waitFor()
    const signIn = page.getByRole('button', { name: 'Sign in at Web (example)' })
    await page.route('**/sign-in', (route) => route.fulfill({ json: { authorizationUrl: 'javascript:0' } }))
    const [blank] = await Promise.all([page.waitForEvent('popup'), signIn.click()])
    await page.getByText('It leads to no web page; it was not opened.').waitFor()
    await until(() => blank.isClosed(), 'the tab that leads nowhere is closed')
    await page.unroute('**/sign-in')
    const [tab] = await Promise.all([page.waitForEvent('popup'), signIn.click()])
    await tab.getByRole('button', { name: 'Agree' }).click()
    await tab.getByRole('heading', { level: 1, name: 'Web (example)' }).waitFor()
    await tab.close()
    await page.getByText('signed in', { exact: true }).locator('..').getByText(/^yes/).waitFor()
    await show(page, '#/call')
    await page.getByRole('button', { name: 'Hang up' }).waitFor()
    await page.getByRole('button', { name: '“search the web for state machines”' }).waitFor()
    await page.getByRole('button', { name: /^“send an email to carol/ }).waitFor()
    await opened.untilPlayed(1)
    await page.getByRole('button', { name: 'Turn the microphone on' }).click()
    const [mail = ''] = await until(async () => {
      const mails = await mailsIn(folder)
      return mails.length > 0 && mails
    }, 'the mail is in the outbox')
    expect(mail).toMatch(/^To: carol@example.com\r$/m)
    expect(mail).toMatch(/^Subject: lunch\r$/m)
    expect(mail).toContain('see you at noon')
    await page.getByText('The email was sent. The mail server accepted it for carol@example.com.').waitFor()

    await show(page, '#/my-servers')
    expect(await page.locator('.server .badge').allInnerTexts()).toEqual(['ready', 'ready'])
    expectNoProblems(opened)

    const ports = Object.values(
      portsSchema.parse(JSON.parse(await readFile(join(folder, 'rehearsal', 'own-servers.json'), 'utf8'))),
    )
    running.child.kill('SIGINT')
    const { code, stderr } = await running.finished
    expect({ code, stderr: withoutProgress(stderr) }).toEqual({ code: 0, stderr: '' })
    for (const port of ports) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    await rm(folder, { recursive: true, force: true })
  },
  limitMs,
)
