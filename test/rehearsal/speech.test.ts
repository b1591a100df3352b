import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEars } from '../../src/rehearsal/endpoint/ears.ts'
import {
  decodeWav,
  decodeWavChannels,
  encodeWav,
  type Speech,
  startSpeech,
  utterances,
  voices,
} from '../../src/rehearsal/index.ts'
import { concatenate } from '../../src/rehearsal/pcm.ts'
import { Resampler, resample } from '../../src/rehearsal/speech/resample.ts'
import { sentencePieces, sentences } from '../../src/rehearsal/speech/sentences.ts'
import { VoiceActivity } from '../../src/rehearsal/speech/voice-activity.ts'
import { tools } from './client.ts'

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

const phrases = [
  'I found three pages about pizza',
  'I found no pages about pizza',
  'I lost three pages about pizza',
]

test.each(voices)('what %s says is heard', async (voice) => {
  const { pcm, sampleRate } = await speech.say('I found three pages about pizza.', { voice })
  expect(sampleRate).toBe(24_000)
  const heard = await speech.recognize(pcm, sampleRate, phrases)
  expect(heard).toMatchObject({ accepted: true, sentence: phrases[0] })
})

test('the same text is the same sound, however much was said between', async () => {
  const first = await speech.say('Good day to you.')
  await speech.say('Something else, and longer, with a number: 42.', { voice: 'rms' })
  expect((await speech.say('Good day to you.')).pcm).toEqual(first.pcm)
})

test('sound that is none of the sentences is not accepted', async () => {
  const { pcm, sampleRate } = await speech.say('the quick brown fox jumps over the lazy dog', {
    voice: 'awb',
  })
  const heard = await speech.recognize(pcm, sampleRate, phrases)
  expect(heard.accepted).toBe(false)
  expect(heard.sentence).toBeUndefined()
  expect(await speech.recognize(new Int16Array(24_000), 24_000, phrases)).toMatchObject({ accepted: false })
})

test('a JSGF grammar is taken as it is, and a wrong one is refused without harm', async () => {
  const { pcm, sampleRate } = await speech.say('the xylograph is ready')
  const jsgf = '#JSGF V1.0; grammar g; public <g> = the (xylograph | server) is (ready | away);'
  expect((await speech.recognize(pcm, sampleRate, jsgf)).text).toBe('the xylograph is ready')
  await expect(
    speech.recognize(pcm, sampleRate, '#JSGF V1.0; grammar g; public <g> = (a | ;'),
  ).rejects.toThrow(/JSGF/)
  await expect(speech.recognize(pcm, sampleRate, [])).rejects.toThrow(/at least one sentence/)
  expect((await speech.recognize(pcm, sampleRate, jsgf)).text).toBe('the xylograph is ready')
})

test('a text that is too long is refused', async () => {
  await expect(speech.say('a'.repeat(4001))).rejects.toThrow(/at most 4000 characters/)
})

test('several calls are heard side by side, each with its own tools', async () => {
  const said = await Promise.all([
    speech.say('search the web for pizza', { voice: 'rms' }),
    speech.say('open the gate', { voice: 'awb' }),
  ])
  const lists = [tools, [{ name: 'open_gate', inputSchema: { type: 'object' } }]]
  const heard = await Promise.all(
    lists.map(
      (list, index) =>
        new Promise((resolve) => {
          const ears = openEars(speech, (event) => {
            if (event.type !== 'heard') return
            resolve(event.understanding?.name)
            ears.close()
          })
          ears.setTools(list)
          for (const part of [new Int16Array(16_800), said[index]?.pcm, new Int16Array(16_800)]) {
            if (part) ears.feed(part)
          }
        }),
    ),
  )
  expect(heard).toEqual(['search_web', 'open_gate'])
})

test('a call that ended does not disturb the next, which takes over its decoder', async () => {
  const { pcm } = await speech.say('search the web for pizza', { voice: 'rms' })
  const abandoned = openEars(speech, () => {})
  abandoned.setTools(tools)
  abandoned.feed(new Int16Array(16_800))
  abandoned.feed(pcm.subarray(0, 30_000))
  abandoned.close()
  const heard = await new Promise((resolve) => {
    const ears = openEars(speech, (event) => event.type === 'heard' && resolve(event.transcript))
    ears.setTools(tools)
    for (const part of [new Int16Array(16_800), pcm, new Int16Array(16_800)]) ears.feed(part)
  })
  expect(heard).toBe('search the web for pizza')
})

test('a process ends by itself after close, with nothing on stderr', async () => {
  const entry = new URL('../../dist/rehearsal/index.js', import.meta.url).href
  const script = `import { startRehearsal } from '${entry}'; const r = await startRehearsal(); await r.speech.say('hi'); await r.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('/', 'file:')),
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('utterances of a recording are found', async () => {
  const one = await speech.say('One.')
  const two = await speech.say('The second sentence is longer.')
  const gap = new Int16Array(24_000)
  const found = utterances(concatenate([gap, one.pcm, gap, two.pcm, gap]), 24_000)
  expect(found).toHaveLength(2)
  expect(found[0]?.startMs).toBeGreaterThan(400)
  const heard = await speech.recognize(found[1]?.pcm ?? gap, 24_000, ['one', 'the second sentence is longer'])
  expect(heard.sentence).toBe('the second sentence is longer')
})

const noise = (samples: number, level: number): Int16Array => {
  let seed = 12_345
  return Int16Array.from({ length: samples }, () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
    return (seed / 0x3fffffff - 1) * level
  })
}

test('steady noise is no speech', () => {
  const activity = new VoiceActivity()
  expect(activity.feed(noise(16_000 * 5, 800))).toEqual([])
})

const samples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 200 })

test('WAV files survive, mono and stereo', () => {
  fc.assert(
    fc.property(samples, samples, (left, right) => {
      const mono = Int16Array.from(left)
      expect(decodeWav(encodeWav([mono], 16_000))).toEqual({ pcm: mono, sampleRate: 16_000 })
      const { channels } = decodeWavChannels(encodeWav([mono, Int16Array.from(right)], 24_000))
      expect(channels.map((channel) => channel.length)).toEqual(
        Array(2).fill(Math.max(left.length, right.length)),
      )
      expect([...(channels[1] ?? [])].slice(0, right.length)).toEqual(right)
    }),
  )
  expect(() => decodeWav(Buffer.from('no sound at all'))).toThrow('not a WAV file')
})

test('a resampled stream does not depend on how it was cut', () => {
  const whole = noise(6000, 8000)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 20 }), (cuts) => {
      const resampler = new Resampler(24_000, 16_000)
      const parts: Int16Array[] = []
      let at = 0
      for (const cut of [...cuts, whole.length]) {
        parts.push(resampler.feed(whole.subarray(at, at + cut)))
        at += cut
      }
      expect(concatenate([...parts, resampler.flush()])).toEqual(resample(whole, 24_000, 16_000))
    }),
  )
})

test('a tone keeps its level when resampled, and what is above the limit is gone', () => {
  const tone = (hertz: number, rate: number) =>
    Int16Array.from({ length: rate }, (_, at) => 10_000 * Math.sin((2 * Math.PI * hertz * at) / rate))
  const level = (pcm: Int16Array) => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length)
  expect(level(resample(tone(1000, 24_000), 24_000, 16_000))).toBeCloseTo(7071, -2)
  expect(level(resample(tone(10_500, 24_000), 24_000, 16_000))).toBeLessThan(100)
})

test('sentences keep their numbers, addresses and numbering, and long ones are cut for Flite', () => {
  expect(sentences('It costs 3.50 at example.com. Fine!\n1. First. 2. Second.')).toEqual([
    'It costs 3.50 at example.com.',
    'Fine!',
    '1. First.',
    '2. Second.',
  ])
  for (const piece of sentencePieces('word '.repeat(400))) expect(piece.length).toBeLessThanOrEqual(200)
})
