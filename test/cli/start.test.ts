import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  decodeWavChannels,
  type Speech,
  startSpeech,
  type Utterance,
  utterances,
} from '../../src/rehearsal/index.ts'
import { isAlive, type PrintedEvent, printedEvents, run } from './support.ts'

/** One grammar for the whole call: what is expected, and what would be a lie in its place. */
const asked = [
  'search the web for supervised actors',
  'send an email to carol at example dot com with the subject lunch and the body see you at noon',
  'send an email to david at example dot com with the subject the meeting and the body the meeting is moved to monday',
  'send an email to carol at example dot com with the subject the report and the body please call me back',
]
const sent = 'The email was sent.'
const notSent = 'The email was not sent.'
const nothingDone = 'Nothing was done.'
const notKnown = 'I do not know whether it was done.'
const fixedPhrases = [sent, notSent, nothingDone, notKnown]
const otherSentences = [
  'The mail server accepted it for carol at example dot com.',
  'The connection to mail was lost during the call.',
]
const grammar = [...asked, ...fixedPhrases, ...otherSentences]

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

async function heard(pcm: Int16Array, sampleRate: number): Promise<string> {
  const { sentence } = await speech.recognize(pcm, sampleRate, grammar)
  return sentence ?? ''
}

test.each([sent, notSent, nothingDone, notKnown])(
  'the ears of this test tell “%s” from the others',
  async (phrase) => {
    const { pcm, sampleRate } = await speech.say(`${phrase} The mail server has an answer for carol.`, {
      voice: 'slt',
    })
    expect(await heard(pcm, sampleRate)).toBe(phrase)
  },
)

const endedSchema = z.looseObject({
  function: z.string(),
  outcome: z.looseObject({
    ok: z.boolean(),
    server: z.string(),
    error: z.looseObject({ code: z.string(), effect: z.string() }).optional(),
    attempts: z.array(z.looseObject({ server: z.string(), generation: z.number() })),
  }),
})

describe('the call of npm start', () => {
  let folder: string
  let code: number | null
  let events: PrintedEvent[]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-start-'))
    const finished = await run(['rehearse', '--json', '--speed', '6', '--out', join(folder, 'call.wav')], {
      cwd: folder,
      // Whatever is set for real services is ignored: a rehearsal costs nothing.
      env: {
        OPENAI_API_KEY: 'x',
        BRAVE_API_KEY: 'x',
        SEARXNG_URL: 'http://127.0.0.1:1',
        LIVEKIT_URL: 'ws://127.0.0.1:1',
      },
    })
    code = finished.code
    events = printedEvents(finished.stdout)
  }, 180_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('ends with exit code 0 and without a complaint', () => {
    expect(events.at(-1)).toMatchObject({ type: 'summary', ok: true, complaints: [] })
    expect(code).toBe(0)
  })

  test('has four function calls: a search, a mail, one that nobody knows of, and a mail from the server that is back', () => {
    const calls = events
      .filter(({ type }) => type === 'call.ended')
      .map((event) => endedSchema.parse(event))
      .map(({ function: name, outcome: { ok, server, error, attempts } }) => ({
        ...{ name, ok, server },
        error: error && { code: error.code, effect: error.effect },
        generations: attempts.map(({ generation }) => generation),
      }))
    expect(calls).toEqual([
      { name: 'search_web', ok: true, server: 'web', error: undefined, generations: [1] },
      { name: 'send_email', ok: true, server: 'mail', error: undefined, generations: [1] },
      {
        name: 'send_email',
        ok: false,
        server: 'mail',
        error: { code: 'connection_lost', effect: 'unknown' },
        generations: [1],
      },
      { name: 'send_email', ok: true, server: 'mail', error: undefined, generations: [2] },
    ])
  })

  test('leaves the three mails in the outbox, with the spoken subjects and bodies', async () => {
    const files = (await readdir(join(folder, 'outbox'))).sort()
    const mails = await Promise.all(files.map((file) => readFile(join(folder, 'outbox', file), 'utf8')))
    expect(
      mails.map((mail) => [/^Subject: (.*)$/m.exec(mail)?.[1]?.trim(), mail.split('\r\n\r\n')[1]?.trim()]),
    ).toEqual([
      ['lunch', 'see you at noon'],
      ['the meeting', 'the meeting is moved to monday'],
      ['the report', 'please call me back'],
    ])
  })

  test('can be heard in call.wav: the caller’s sentences, and what the agent said of each mail', async () => {
    const { channels, sampleRate } = decodeWavChannels(await readFile(join(folder, 'call.wav')))
    const [caller = new Int16Array(0), agent = new Int16Array(0)] = channels
    const questions = utterances(caller, sampleRate)
    const part = (pcm: Int16Array, { startMs, endMs }: Utterance) =>
      pcm.subarray(Math.round((startMs * sampleRate) / 1000), Math.round((endMs * sampleRate) / 1000))

    const caught: string[] = []
    for (const question of questions) caught.push(await heard(part(caller, question), sampleRate))
    expect(caught).toEqual(asked)

    const told: string[][] = questions.map(() => [])
    for (const utterance of utterances(agent, sampleRate)) {
      const turn = questions.findLastIndex(({ startMs }) => startMs < utterance.startMs)
      const phrase = await heard(part(agent, utterance), sampleRate)
      if (fixedPhrases.includes(phrase)) told[turn]?.push(phrase)
    }
    // The first answer is the search's own text, which is compared as a transcript.
    expect(told.slice(1)).toEqual([[sent], [notKnown], [sent]])
  })

  test('says the search result as the web server gave it', () => {
    const result = z
      .looseObject({ outcome: z.looseObject({ text: z.string() }) })
      .parse(events.find(({ type }) => type === 'call.ended')).outcome.text
    const said = z
      .looseObject({ text: z.string() })
      .parse(events.find(({ type }) => type === 'agent.said')).text
    expect(said.length).toBeGreaterThan(20)
    expect(result.replace(/\s+/g, ' ')).toContain(said)
  })

  test('leaves no process', () => {
    const pids = events
      .filter(({ type }) => type === 'server.changed')
      .map(
        (event) =>
          z.looseObject({ server: z.looseObject({ pid: z.number().optional() }) }).parse(event).server.pid,
      )
      .filter((pid) => pid !== undefined)
    expect(new Set(pids).size).toBe(3)
    expect([...new Set(pids)].filter(isAlive)).toEqual([])
  })
})
