import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { encodeWav, type Speech, startSpeech } from '../../src/rehearsal/index.ts'
import { isAlive, printedEvent, printedEvents, run, startSwitchboard, temporaryFolder } from './support.ts'

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

const turnSchema = z.object({ said: z.string(), heard: z.string(), timedOut: z.boolean() })
const endedSchema = z.object({
  function: z.string(),
  outcome: z.looseObject({
    ok: z.boolean(),
    error: z.looseObject({ code: z.string(), effect: z.string() }).optional(),
    attempts: z.array(z.object({ server: z.string(), generation: z.number(), code: z.string() })),
  }),
})
const changedSchema = z.looseObject({ server: z.looseObject({ pid: z.number().optional() }) })

test('a recorded, a spoken and a typed turn, two of them struck by --kill', async () => {
  const folder = await temporaryFolder()
  const { pcm, sampleRate } = await speech.say('search the web for voice agents', { voice: 'awb' })
  const recorded = join(folder, 'question.wav')
  await writeFile(recorded, encodeWav([pcm], sampleRate))

  const { code, stdout } = await run(
    [
      ...['rehearse', '--json', '--speed', '8', '--out', join(folder, 'call.wav')],
      ...['--wav', recorded],
      ...['--say', 'the quick brown fox jumps over the lazy dog'],
      ...['--type', 'search the web for state machines', '--kill', 'web@3'],
      ...['--type', 'send an email to erin@example.com with the subject hi and the body hello there'],
      ...['--kill', 'mail@4'],
    ],
    { cwd: folder },
  )

  const events = printedEvents(stdout)
  const turns = events.filter(({ type }) => type === 'turn.ended').map((event) => turnSchema.parse(event))
  expect(turns).toEqual([
    { said: recorded, heard: 'search the web for voice agents', timedOut: false },
    { said: 'the quick brown fox jumps over the lazy dog', heard: '', timedOut: false },
    {
      said: 'search the web for state machines',
      heard: 'search the web for state machines',
      timedOut: false,
    },
    {
      said: 'send an email to erin@example.com with the subject hi and the body hello there',
      heard: 'send an email to erin@example.com with the subject hi and the body hello there',
      timedOut: false,
    },
  ])

  const calls = events.filter(({ type }) => type === 'call.ended').map((event) => endedSchema.parse(event))
  expect(
    calls.map(({ function: name, outcome: { ok, error, attempts } }) => ({
      name,
      ok,
      error: error?.effect,
      attempts,
    })),
  ).toEqual([
    {
      name: 'search_web',
      ok: true,
      error: undefined,
      attempts: [{ server: 'web', generation: 1, code: 'ok' }],
    },
    // A search is harmless to repeat, and the configuration trusts the server that says so.
    {
      name: 'search_web',
      ok: true,
      error: undefined,
      attempts: [
        { server: 'web', generation: 1, code: 'connection_lost' },
        { server: 'web', generation: 2, code: 'ok' },
      ],
    },
    {
      name: 'send_email',
      ok: false,
      error: 'unknown',
      attempts: [{ server: 'mail', generation: 1, code: 'connection_lost' }],
    },
  ])

  // What the ears cannot hold is reported, and makes the run fail.
  expect(events.at(-1)).toMatchObject({
    type: 'summary',
    ok: false,
    complaints: [
      'turn 2: “the quick brown fox jumps over the lazy dog” was not heard: no known sentence is like it',
    ],
  })
  expect(code).toBe(1)
}, 120_000)

test('Ctrl+C in the middle of the call ends it with exit code 130 and leaves no process', async () => {
  const folder = await temporaryFolder()
  const { child, finished } = startSwitchboard(['rehearse', '--json'], { cwd: folder })
  await printedEvent(child, ({ type }) => type === 'caller.speaking')
  child.kill('SIGINT')
  const { code, stdout } = await finished
  expect(code).toBe(130)
  const pids = printedEvents(stdout)
    .filter(({ type }) => type === 'server.changed')
    .flatMap((event) => changedSchema.parse(event).server.pid ?? [])
  expect(new Set(pids).size).toBe(2)
  expect([...new Set(pids)].filter(isAlive)).toEqual([])
}, 120_000)
