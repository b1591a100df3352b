/**
 * What somebody before the page hears and sees, and when, in a real Chromium at real time. Prints what it measured in JSON.
 * Two arguments: the project's folder, and how often the page is started.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { startSpeech } from '../src/rehearsal/index.ts'
import { spoken } from '../test/inspector/browser/microphone.ts'
import type { Sound } from '../test/inspector/browser/sound.ts'
import { TestBrowser, type TestPage } from '../test/inspector/browser/test-browser.ts'
import { until } from '../test/support/until.ts'

const [project = '.', starts = '7'] = process.argv.slice(2)
const spokenCalls = 20
/** Of full scale, 1 %: what is quieter is no sound yet. */
const audible = 328
/** A voice activity detector learns the noise of the line first. */
const silenceBeforeMs = 1_500
const frameViews = ['call', 'timeline', 'machines', 'servers']
const framesForMs = 5_000
const callsForMs = 6_000
const callRounds = 8
/** What was just opened is not what is measured. */
const settleMs = 1_500

const urlSchema = z.object({ url: z.string() })
const callsSchema = z.object({ durations: z.array(z.number()), events: z.number() })

/** Milliseconds, one for each time. */
interface Measured {
  /** The caller's last sound → the first sound of the answer. */
  answer: number[]
  /** The process starts → the page says that all servers are ready. */
  servers: number[]
  /** The process starts → a call can be placed. */
  callable: number[]
  /** Frames a second under load, by the view. */
  frames: Record<string, number>
  /** Of function calls under load. */
  callWithPage: number[]
  callWithout: number[]
  /** A second, under load. */
  events: number
}

const measured: Measured = {
  ...(await measureAnswers()),
  ...(await measureStarts()),
  ...(await measureLoad()),
}
process.stdout.write(JSON.stringify(measured))

/** Twenty telephone calls, each with one question. */
async function measureAnswers(): Promise<Pick<Measured, 'answer'>> {
  const speech = await startSpeech()
  const question = await spoken(speech, [{ pauseMs: silenceBeforeMs }, 'search the web for state machines'])
  await speech.close()
  return withBrowser({ microphone: question }, (browser) =>
    withPage(async ({ url }) => {
      const page = await browser.open(url)
      const answer: number[] = []
      while (answer.length < spokenCalls) answer.push(await answerTime(page))
      return { answer }
    }),
  )
}

async function answerTime({ page, microphone, played }: TestPage): Promise<number> {
  const [given, heard] = [microphone.pieces.length, played.pieces.length]
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  const beganAt = await until(() => edgesOf(played, heard)?.first, 'the answer is heard')
  const endedAt = edgesOf(microphone, given)?.last
  await page.getByRole('button', { name: 'Hang up' }).click()
  await page.getByRole('button', { name: 'Call', exact: true }).waitFor()
  if (endedAt === undefined || endedAt > beganAt)
    throw new Error('the answer came before the question was over')
  return beganAt - endedAt
}

/** When the first and the last audible sample of the pieces from `from` on were there. */
function edgesOf({ pieces, sampleRate }: Sound, from: number): { first: number; last: number } | undefined {
  const times = pieces.slice(from).flatMap(({ pcm, at }) => {
    const isAudible = (sample: number) => Math.abs(sample) >= audible
    const [first, last] = [pcm.findIndex(isAudible), pcm.findLastIndex(isAudible)]
    return first === -1 ? [] : [first, last].map((index) => at + (index * 1_000) / sampleRate)
  })
  const [first, last] = [times[0], times.at(-1)]
  return first === undefined || last === undefined ? undefined : { first, last }
}

async function measureStarts(): Promise<Pick<Measured, 'servers' | 'callable'>> {
  return withBrowser({}, async (browser) => {
    const [servers, callable]: [number[], number[]] = [[], []]
    while (servers.length < Number(starts)) {
      await withPage(async ({ url, startedAt }) => {
        const { page } = await browser.open(url)
        await page.getByText('2 of 2 servers ready').waitFor()
        servers.push(performance.now() - startedAt)
        await until(
          () => page.getByRole('button', { name: 'Call', exact: true }).isEnabled(),
          'it can be called',
        )
        callable.push(performance.now() - startedAt)
        await page.close()
      })
    }
    return { servers, callable }
  })
}

async function measureLoad(): Promise<Pick<Measured, 'frames' | 'callWithPage' | 'callWithout' | 'events'>> {
  const host = fork(join(project, 'bench/page-load.mjs'), { execArgv: [] })
  try {
    await once(host, 'message')
    return await withBrowser({}, async (browser) => {
      const frames = await countFrames(host, browser)
      return { frames, ...(await compareCalls(host, browser)) }
    })
  } finally {
    host.disconnect()
    await once(host, 'exit')
  }
}

async function countFrames(host: ChildProcess, browser: TestBrowser): Promise<Measured['frames']> {
  const { page, close } = await openPage(host, browser)
  const frames: Measured['frames'] = {}
  for (const view of frameViews) {
    await page.evaluate(`location.hash = '#/${view}'`)
    await pause(settleMs)
    frames[view] = z.number().parse(await page.evaluate(framesPerSecond(framesForMs)))
  }
  await close()
  return frames
}

/** A script that counts what the page draws. */
function framesPerSecond(forMs: number): string {
  return `new Promise((resolve) => {
    let frames = -1
    let startedAt
    requestAnimationFrame(function count(now) {
      startedAt ??= now
      frames += 1
      if (now - startedAt < ${forMs}) requestAnimationFrame(count)
      else resolve((frames * 1_000) / (now - startedAt))
    })
  })`
}

/** By turns, since a machine is not the same from minute to minute. */
async function compareCalls(
  host: ChildProcess,
  browser: TestBrowser,
): Promise<Pick<Measured, 'callWithPage' | 'callWithout' | 'events'>> {
  const [callWithPage, callWithout]: [number[], number[]] = [[], []]
  let events = 0
  for (let round = 0; round < callRounds; round++) {
    const { close } = await openPage(host, browser)
    await pause(settleMs)
    const shown = await calls(host)
    await close()
    await pause(settleMs)
    const unseen = await calls(host)
    callWithPage.push(...shown.durations)
    callWithout.push(...unseen.durations)
    events += shown.events + unseen.events
  }
  return { callWithPage, callWithout, events: (events * 1_000) / (2 * callRounds * callsForMs) }
}

async function calls(host: ChildProcess): Promise<z.infer<typeof callsSchema>> {
  return callsSchema.parse(await ask(host, { forMs: callsForMs }))
}

/** An inspector, and a page that has drawn what it sees. When it is closed, nothing is observed any more. */
async function openPage(host: ChildProcess, browser: TestBrowser) {
  const { url } = urlSchema.parse(await ask(host, { open: true }))
  const { page } = await browser.open(url)
  await page.getByText('20 of 20 servers ready').waitFor()
  const close = async () => {
    await page.close()
    await ask(host, { open: false })
  }
  return { page, close }
}

async function ask(host: ChildProcess, order: object): Promise<unknown> {
  host.send(order)
  const [answer]: unknown[] = await once(host, 'message')
  return answer
}

async function withBrowser<Result>(
  options: Parameters<typeof TestBrowser.launch>[0],
  work: (browser: TestBrowser) => Promise<Result>,
): Promise<Result> {
  const browser = await TestBrowser.launch(options)
  try {
    return await work(browser)
  } finally {
    await browser.close()
  }
}

/** What `npm start` opens, in a folder of its own. */
async function withPage<Result>(
  work: (page: { url: string; startedAt: number }) => Promise<Result>,
): Promise<Result> {
  const cwd = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  const startedAt = performance.now()
  const main = join(project, 'dist/cli/main.js')
  const child = spawn(process.execPath, [main, 'page', '--offline', '--allow-faults', '--json'], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  try {
    return await work({ url: await printedUrl(child), startedAt })
  } finally {
    child.kill('SIGINT')
    await exited
    rmSync(cwd, { recursive: true, force: true })
  }
}

function printedUrl({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('the process has no standard output')
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdout })
    lines.on('line', (line) => {
      const { success, data } = urlSchema.safeParse(JSON.parse(line))
      if (success) resolve(data.url)
    })
    lines.on('close', () => reject(new Error('the page has ended')))
  })
}
