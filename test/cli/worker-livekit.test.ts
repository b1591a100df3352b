import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSpeech } from '../../src/rehearsal/index.ts'
import { LiveKitCaller } from '../support/livekit-caller.ts'
import { liveKitServer } from '../support/livekit-server.ts'
import { until } from '../support/until.ts'
import { temporaryFolder } from './support.ts'
import { WorkerProcess } from './worker-process.ts'

const question = 'search the web for supervised actors'

/** The example servers and the rehearsal as model: all of it is real but the model, and nothing is paid for. */
test('the worker takes 3 rooms at once from a real server, with audio both ways, and ends within 10 s of SIGTERM with no process left', async ({
  skip,
}) => {
  const server = liveKitServer()
  if (typeof server === 'string') {
    console.log(server)
    return skip()
  }
  const name = `switchboard-test-${randomUUID()}`
  const audit = join(await temporaryFolder(), 'audit.jsonl')
  const worker = new WorkerProcess(
    ['--agent-name', name, '--idle-processes', '3', '--max-load', '1', '--audit', audit, '--drain', '1'],
    { ...process.env, OPENAI_API_KEY: '', SMTP_URL: '' },
  )
  const speech = await startSpeech()
  onTestFinished(() => speech.close())
  const { pcm, sampleRate } = await speech.say(question, { voice: 'rms' })
  await worker.untilReady()

  const callers = await Promise.all(
    [1, 2, 3].map((number) => LiveKitCaller.join(server, `${name}-${number}`, name, sampleRate)),
  )
  onTestFinished(() => void Promise.allSettled(callers.map((caller) => caller.leave())))
  await Promise.all(callers.map((caller) => caller.untilAgentIs('listening')))
  await until(async () => (await worker.health('/readyz')).status === 200, 'it is ready for more')

  await Promise.all(callers.map((caller) => caller.say(pcm)))
  await Promise.all(
    callers.map((caller) =>
      until(() => caller.loudMs > 1_000 && caller.timeline.length >= 3, 'the agent answers', 60_000),
    ),
  )
  const call = { at: expect.any(Number), callId: expect.any(String), function: 'search_web' }
  for (const { timeline, transcripts, agent } of callers) {
    expect(timeline).toEqual([
      { type: 'call.started', ...call },
      { type: 'call.sent', ...call, server: 'web' },
      {
        ...{ type: 'call.ended', ...call, server: 'web', code: 'ok', effect: 'done' },
        durationMs: expect.any(Number),
      },
    ])
    expect(transcripts.map(({ text }) => text)).toContain(question)
    expect(transcripts.some(({ identity }) => identity === agent?.identity)).toBe(true)
  }

  expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  const lines = (await readFile(audit, 'utf8')).trim().split('\n')
  const audited = lines
    .map((line) => JSON.parse(line))
    .map(({ function: called, code, effect }) => [called, code, effect])
  expect(audited).toEqual(Array(3).fill(['search_web', 'ok', 'done']))
}, 240_000)
