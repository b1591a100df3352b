/**
 * Takes the pictures in `docs/images`: a real `switchboard page`, a call that is spoken into it, a mail server that is killed
 * while it sends, and every view of it, light and dark, on a desktop; some on a telephone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { type Pcm, startSpeech } from '../../src/rehearsal/index.ts'
import { addServer, signInAt } from './add-server.ts'
import { spoken } from './browser/microphone.ts'
import { TestBrowser, type TestPage } from './browser/test-browser.ts'

const images = resolve('docs/images')
const program = resolve('dist/cli/main.js')
const desktop = { width: 1_280, height: 800 }
const telephone = { width: 360, height: 740 }
const sizes = [
  ['', desktop],
  ['-small', telephone],
] as const
/** For what is drawn a little later. */
const settleMs = 300
const limitMs = 60_000
const search = 'search the web for supervised actors'
const mail = 'send an email to carol@example.com with the subject lunch and the body see you at noon'

const printedSchema = z.looseObject({ type: z.string(), url: z.string().optional() })

/** A command that serves a page, in a folder of its own, where its mail goes. */
async function startPage(
  folder: string,
  ...command: string[]
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [program, ...command, '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const printed = printedSchema.parse(JSON.parse(line))
      if (printed.type === 'page' && printed.url !== undefined) resolve(printed.url)
    })
    lines.once('close', () => reject(new Error('the page ended before it told where it is')))
  })
  return { child, url }
}

class Studio {
  readonly #page: Page

  constructor(private readonly opened: TestPage) {
    this.#page = opened.page
  }

  /** What a button of the servers view does. */
  async fault(server: string, request: { action: string; delayMs?: number }): Promise<void> {
    const asked = JSON.stringify({ server, request })
    const isDone: unknown = await this.#page.evaluate(`(async ({ server, request }) => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify(request)
      const response = await fetch('/api/servers/' + server + '/fault', { method: 'POST', headers, body })
      await response.text()
      return response.ok
    })(${asked})`)
    if (isDone !== true) throw new Error(`it was refused: ${asked}`)
  }

  async type(text: string): Promise<void> {
    await this.go('call')
    await this.#page.fill('#typed', text)
    await this.#page.press('#typed', 'Enter')
  }

  async go(...path: string[]): Promise<void> {
    await this.#page.evaluate(`location.hash = ${JSON.stringify(`#/${path.join('/')}`)}`)
    await this.#draw()
  }

  async press(name: string, place = 'main'): Promise<void> {
    await this.#page.locator(place).getByText(name, { exact: true }).first().click()
    await this.#draw()
  }

  async fill(label: string, text: string): Promise<void> {
    await this.#page.getByLabel(label).first().fill(text)
  }

  async untilSaid(words: RegExp): Promise<void> {
    const said = this.#page.locator('.utterance.is-agent p').filter({ hasText: words })
    await said.last().waitFor({ timeout: limitMs })
  }

  async untilItListens(): Promise<void> {
    await this.#page.getByText('It listens: speak.').waitFor({ timeout: limitMs })
  }

  async take(name: string): Promise<void> {
    await this.#page.screenshot({ path: join(images, `page-${name}.png`), animations: 'disabled' })
  }

  async #draw(): Promise<void> {
    await this.opened.untilDrawn()
    // A chart is put where it is read when it is there.
    await this.#page.waitForTimeout(settleMs)
  }
}

/** A spoken question with its answer, and a mail during which the mail server is killed. */
async function talk({ page }: TestPage, studio: Studio): Promise<void> {
  await page.getByRole('button', { name: 'Call' }).and(page.locator(':enabled')).click()
  await studio.untilSaid(/./)
  await studio.untilItListens()
  await studio.fault('mail', { action: 'slow', delayMs: 1_500 })
  await studio.type(mail)
  await page.locator('.function-call', { hasText: 'running' }).waitFor()
  await studio.fault('mail', { action: 'kill' })
  await studio.untilSaid(/do not know/)
  await studio.untilItListens()
  await studio.fault('mail', { action: 'slow', delayMs: 0 })
}

/** What is shown, by the name of the picture. */
const scenes: [string, (studio: Studio) => Promise<void>][] = [
  ['call', (studio) => studio.go('call')],
  ['timeline', (studio) => studio.go('timeline')],
  [
    'machines',
    async (studio) => {
      await studio.go('machines')
      await studio.press('Readable')
    },
  ],
  ['servers', (studio) => studio.go('servers')],
  ['functions', (studio) => studio.go('functions')],
]
/** The same, on a desktop alone. */
const closerScenes: typeof scenes = [
  [
    'timeline-call',
    async (studio) => {
      await studio.go('timeline')
      await studio.press('send_email', '.call-row')
    },
  ],
  [
    'machines-server',
    async (studio) => {
      await studio.go('machines')
      await studio.press('mail')
      await studio.press('Whole')
    },
  ],
  [
    'machines-call',
    async (studio) => {
      await studio.go('machines', 'newest-call')
      await studio.press('Whole')
    },
  ],
  ['servers-mail', (studio) => studio.go('servers', 'mail')],
  ['servers-web', (studio) => studio.go('servers', 'web')],
  [
    'functions-mail',
    async (studio) => {
      await studio.go('functions', 'send_email')
      await studio.fill('to', 'carol@example.com')
      await studio.fill('subject', 'lunch')
      await studio.fill('body', 'See you at noon.')
      await studio.press('Run it', '#run-it')
    },
  ],
]

/** A user's own servers, from none to one that works; each state in every light and size. */
async function takeOwnServers({ page }: TestPage, studio: Studio): Promise<void> {
  const mail = 'Mail (example)'
  await studio.go('my-servers')
  await takeEach(page, studio, 'my-servers-first')
  await studio.go('my-servers', 'new', 'address')
  await studio.press('Add a header')
  await studio.press('Add and test')
  await takeEach(page, studio, 'my-servers-address')
  await addServer(page, mail)
  await takeEach(page, studio, 'my-servers-sign-in')
  await signInAt(page, mail)
  await takeEach(page, studio, 'my-servers-mail')
  await addServer(page, 'Web (example)')
  await studio.go('my-servers')
  await takeEach(page, studio, 'my-servers')
}

async function takeEach(page: Page, studio: Studio, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [suffix, viewport] of sizes) {
      await page.setViewportSize(viewport)
      await studio.take(`${name}-${colorScheme}${suffix}`)
    }
  }
}

async function takeAll({ page }: TestPage, studio: Studio): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [suffix, viewport] of sizes) {
      await page.setViewportSize(viewport)
      const shown = suffix === '' ? [...scenes, ...closerScenes] : scenes
      for (const [name, show] of shown) {
        await show(studio)
        await studio.take(`${name}-${colorScheme}${suffix}`)
      }
    }
  }
}

/** Ends the command whatever happens. */
async function withPage(command: string[], look: (url: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-screenshots-'))
  const { child, url } = await startPage(folder, ...command)
  try {
    await look(url)
  } finally {
    child.kill('SIGINT')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
}

async function withBrowser(
  url: string,
  microphone: Pcm | undefined,
  look: (page: TestPage, studio: Studio) => Promise<void>,
): Promise<void> {
  const browser = await TestBrowser.launch(microphone ? { microphone } : {})
  try {
    const page = await browser.open(url, { viewport: desktop })
    await look(page, new Studio(page))
  } finally {
    await browser.close()
  }
}

mkdirSync(images, { recursive: true })
await withPage(['own-servers'], (url) => withBrowser(url, undefined, takeOwnServers))
const speech = await startSpeech()
try {
  const microphone = await spoken(speech, [{ pauseMs: 2_500 }, search])
  await withPage(['page', '--offline', '--allow-faults'], (url) =>
    withBrowser(url, microphone, async (page, studio) => {
      await talk(page, studio)
      await takeAll(page, studio)
    }),
  )
} finally {
  await speech.close()
}
