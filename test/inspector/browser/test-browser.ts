import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Request,
} from 'playwright-core'
import { z } from 'zod'
import { encodeWav, type Pcm } from '../../../src/rehearsal/index.ts'
import { resample } from '../../../src/rehearsal/speech/resample.ts'
import { until } from '../../support/until.ts'
import { findChromium } from './chromium.ts'
import { listen } from './ears.mjs'
import { Sound } from './sound.ts'

const microphoneRate = 48_000

const toldSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('violation'), text: z.string() }),
  z.object({
    type: z.literal('sound'),
    track: z.enum(['microphone', 'played']),
    at: z.number(),
    sampleRate: z.number(),
    base64: z.string(),
  }),
])

export interface TestBrowserOptions {
  /** What the microphone gives from when a page opens it, once; then silence. Or whoever asks for one is refused. */
  microphone?: Pcm | 'refused'
}

/** A real Chromium in which every site may use the microphone, or none. Takes a tenth of a second; whoever launches it closes it. */
export class TestBrowser {
  readonly #browser: Browser
  /** Of its files; it stands in the command of its process. */
  readonly directory: string

  static async launch({ microphone }: TestBrowserOptions = {}): Promise<TestBrowser> {
    const directory = mkdtempSync(join(tmpdir(), 'switchboard-browser-'))
    const file = join(directory, 'microphone.wav')
    const silence = { pcm: new Int16Array(microphoneRate), sampleRate: microphoneRate }
    const isRefused = microphone === 'refused'
    const { pcm, sampleRate } = isRefused ? silence : (microphone ?? silence)
    writeFileSync(file, encodeWav([resample(pcm, sampleRate, microphoneRate)], microphoneRate))
    const { executable, environment } = findChromium()
    try {
      const browser = await chromium.launch({
        executablePath: executable,
        env: { ...process.env, ...environment },
        args: [
          '--no-sandbox',
          '--use-fake-device-for-media-stream',
          `--use-fake-ui-for-media-stream${isRefused ? '=deny' : ''}`,
          `--use-file-for-fake-audio-capture=${file}%noloop`,
          '--autoplay-policy=no-user-gesture-required',
        ],
      })
      return new TestBrowser(browser, directory)
    } catch (error) {
      rmSync(directory, { recursive: true })
      throw error
    }
  }

  private constructor(browser: Browser, directory: string) {
    this.#browser = browser
    this.directory = directory
  }

  /** A page with cookies of its own. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<TestPage> {
    const context = await this.#browser.newContext({
      permissions: ['microphone'],
      locale: 'en-GB',
      ...options,
    })
    await context.addInitScript(listen)
    return TestPage.open(context, url)
  }

  /** Resolves when its processes are gone. */
  async close(): Promise<void> {
    await this.#browser.close()
    rmSync(this.directory, { recursive: true })
  }
}

export class TestPage {
  /** All that it said on the console. */
  readonly console: string[] = []
  /** Errors, refusals by its security policy, and requests that failed. */
  readonly problems: string[] = []
  readonly microphone = new Sound()
  readonly played = new Sound()
  readonly #requests = new Set<Request>()

  static async open(context: BrowserContext, url: string): Promise<TestPage> {
    const opened = new TestPage(context, await context.newPage())
    await opened.page.exposeFunction('tellTest', (told: unknown) => opened.#hear(toldSchema.parse(told)))
    await opened.page.goto(url)
    return opened
  }

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      this.console.push(message.text())
      if (message.type() === 'error') this.problems.push(`console: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.problems.push(`error: ${error.message}`))
    page.on('request', (request) => {
      // Of a worklet's module nobody tells that it came.
      if (request.resourceType() === 'fetch') this.#requests.add(request)
    })
    page.on('requestfinished', (request) => this.#requests.delete(request))
    page.on('requestfailed', (request) => {
      this.#requests.delete(request)
      const reason = request.failure()?.errorText
      // What the page itself does not want any more is no failure.
      const isGivenUp = reason === 'net::ERR_ABORTED' && /^(fetch|eventsource)$/.test(request.resourceType())
      if (!isGivenUp) this.problems.push(`request: ${request.url()} ${reason}`)
    })
  }

  /** Everything that it asked for has come, and is drawn. */
  async untilDrawn(): Promise<void> {
    const frames = 'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))'
    await this.page.evaluate(frames)
    await until(() => this.#requests.size === 0, 'all requests are answered')
    await this.page.evaluate(frames)
  }

  /** Another one beside it, with the same cookies. */
  another(url: string): Promise<TestPage> {
    return TestPage.open(this.context, url)
  }

  /** Resolves when it has played so many utterances since it was opened. */
  async untilPlayed(count: number): Promise<void> {
    await until(() => this.played.ended >= count, `the page has played ${count} utterances`, 60_000)
  }

  async untilPlaying(): Promise<void> {
    await until(() => this.played.isVoice, 'the page plays a voice')
  }

  #hear(told: z.infer<typeof toldSchema>): void {
    if (told.type === 'violation') {
      this.problems.push(`policy: ${told.text}`)
      return
    }
    const bytes = Buffer.from(told.base64, 'base64')
    const pcm = Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2))
    this[told.track].add(pcm, told.sampleRate, told.at)
  }
}
