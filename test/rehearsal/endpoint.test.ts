import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Rehearsal, type RehearsalEvent, startRehearsal } from '../../src/rehearsal/index.ts'
import { RealtimeClient, textOf, tools, voiceSession } from './client.ts'

let rehearsal: Rehearsal
const observed: RehearsalEvent[] = []

beforeAll(async () => {
  rehearsal = await startRehearsal({
    onEvent: (event) => observed.push(event),
  })
})
afterAll(() => rehearsal.close())

const open = (session: object = voiceSession) => RealtimeClient.connect(rehearsal.url, session)

test.each([
  ['rms', 'search the web for state machines', 'search_web', { query: 'state machines' }],
  [
    'awb',
    'send an email to carol at example dot com with the subject lunch and the body see you at noon',
    'send_email',
    { to: 'carol@example.com', subject: 'lunch', body: 'see you at noon' },
  ],
  ['slt', 'fetch the page example dot com', 'fetch_page', { url: 'https://example.com/' }],
] as const)('a sentence spoken by %s becomes the call: %s', async (voice, sentence, name, args) => {
  const client = await open()
  await client.speak(rehearsal.speech, sentence, voice)
  const { status, output } = await client.done()
  expect(status).toBe('completed')
  expect(output).toHaveLength(1)
  expect(output[0]).toMatchObject({ type: 'function_call', name })
  expect(JSON.parse(output[0]?.arguments ?? '')).toEqual(args)
  const order = client
    .types()
    .filter((type) => /speech|committed|transcription|response.(created|done)/.test(type))
  expect(order).toEqual([
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.input_audio_transcription.completed',
    'response.created',
    'response.done',
  ])
  await client.close()
})

test('a near miss is asked for again, and calls nothing', async () => {
  const client = await open()
  await client.speak(rehearsal.speech, 'search the web for quantum physics')
  const response = await client.done()
  expect(response.output.map(({ type }) => type)).toEqual(['message'])
  expect(textOf(response)).toBe('I heard search web, but not the query.')
  expect(observed.filter(({ type }) => type === 'heard').at(-1)).toMatchObject({
    source: 'voice',
    function: 'search_web',
    unheard: ['query'],
  })
  await client.close()
})

test('a sentence about something else calls nothing and says so', async () => {
  const client = await open()
  await client.speak(rehearsal.speech, 'my grandmother bought seven bottles of milk yesterday')
  const response = await client.done()
  expect(response.output.map(({ type }) => type)).toEqual(['message'])
  expect(textOf(response)).toBe(
    'Sorry, I did not catch that. This is a rehearsal and knows only a few sentences.',
  )
  await client.close()
})

test('silence and a click make no response', async () => {
  const client = await open()
  client.silence(1500)
  const click = Int16Array.from({ length: 24 * 120 }, (_, at) => (at % 7) * 3000 - 9000)
  client.hear(click)
  client.silence(1500)
  await client.next('conversation.item.input_audio_transcription.completed')
  client.type('tool status')
  await client.done()
  expect(client.types().filter((type) => type === 'response.created')).toHaveLength(1)
  await client.close()
})

test.each([
  [{ result: 'I found three pages about pizza.' }, 'I found three pages about pizza.'],
  [
    {
      error: {
        code: 'timed_out',
        effect: 'unknown',
        message: 'The mail server did not answer. I do not know whether it was done.',
      },
    },
    'The mail server did not answer. I do not know whether it was done.',
  ],
])('what it says of an output can be heard: %j', async (output, expected) => {
  const client = await open()
  client.type('tool status')
  const [call] = (await client.done()).output
  client.answer(call?.call_id, output)
  client.send({ type: 'response.create', response: { metadata: { client_event_id: 'reply_1' } } })
  const response = await client.done()
  expect(textOf(response)).toBe(expected)
  expect(response.metadata).toEqual({ client_event_id: 'reply_1' })
  const heard = await rehearsal.speech.recognize(client.sound(), 24_000, [
    'I found three pages about pizza.',
    'I found no pages about pizza.',
    'I found three pages about servers.',
    'The mail server did not answer. I do not know whether it was done.',
    'The mail server did answer. I do know that it was done.',
    'The mail server did not answer. Nothing was done.',
    'The message is on its way.',
  ])
  expect(heard).toMatchObject({ accepted: true, sentence: expected })
  await client.close()
})

test('outputs of parallel calls are told in one response', async () => {
  const client = await open()
  client.type('tool status')
  const [call] = (await client.done()).output
  const other = { type: 'function_call', call_id: 'call_of_another', name: 'tool_status', arguments: '{}' }
  client.send({ type: 'conversation.item.create', item: other })
  client.answer(call?.call_id, { result: 'One server is ready.' })
  client.answer('call_of_another', { error: { message: 'The other one is away.' } })
  client.send({ type: 'response.create' })
  expect(textOf(await client.done())).toBe('One server is ready. The other one is away.')
  await client.close()
})

const longStory = `Once upon a time there was a small machine that wanted to speak. ${'It spoke and it spoke until the night came. '.repeat(2)}`

test('a voice interrupts the response that is being made', async () => {
  const client = await open()
  const { pcm } = await rehearsal.speech.say('search the web for pizza', { voice: 'awb' })
  client.silence(700)
  client.send({
    type: 'response.create',
    response: { instructions: `Be brief.\nsay: ${longStory.repeat(20)}` },
  })
  await client.next('response.output_audio.delta')
  client.hear(pcm)
  const interrupted = await client.done()
  client.silence(700)
  expect(interrupted.status).toBe('cancelled')
  expect(interrupted.status_details).toEqual({ type: 'cancelled', reason: 'turn_detected' })
  expect(interrupted.output[0]?.status).toBe('incomplete')
  expect((await client.done()).output[0]).toMatchObject({ name: 'search_web' })
  await client.close()
})

test('interrupt_response and create_response are honoured', async () => {
  const detection = { type: 'server_vad', interrupt_response: false, create_response: false }
  const client = await open({
    ...voiceSession,
    audio: { input: { transcription: {}, turn_detection: detection } },
  })
  const { pcm } = await rehearsal.speech.say('search the web for pizza', { voice: 'rms' })
  client.silence(700)
  client.send({ type: 'response.create', response: { instructions: `say: ${longStory}` } })
  await client.next('response.output_audio.delta')
  client.hear(pcm)
  client.silence(700)
  expect((await client.done()).status).toBe('completed')
  if (!client.types().includes('conversation.item.input_audio_transcription.completed')) {
    await client.next('conversation.item.input_audio_transcription.completed')
  }
  expect(client.types().filter((type) => type === 'response.created')).toHaveLength(1)
  client.send({ type: 'response.create' })
  expect((await client.done()).output[0]).toMatchObject({ name: 'search_web' })
  await client.close()
})

test('without turn detection the client commits', async () => {
  const client = await open({ tools, audio: { input: { turn_detection: null } } })
  client.send({ type: 'input_audio_buffer.commit', event_id: 'too_early' })
  expect(await client.next('error')).toMatchObject({
    error: { code: 'input_audio_buffer_commit_empty', event_id: 'too_early' },
  })
  await client.speak(rehearsal.speech, 'search the web for breaking news', 'slt')
  client.send({ type: 'input_audio_buffer.commit' })
  client.send({ type: 'response.create' })
  expect((await client.done()).output[0]).toMatchObject({
    name: 'search_web',
    arguments: '{"query":"breaking news"}',
  })
  expect(client.types()).not.toContain('input_audio_buffer.speech_started')
  await client.close()
})

test('a response is cancelled, and cancelling nothing is an error', async () => {
  const client = await open()
  client.send({ type: 'response.create', response: { instructions: `say: ${longStory.repeat(20)}` } })
  await client.next('response.created')
  client.send({ type: 'response.cancel' })
  expect((await client.done()).status_details).toEqual({ type: 'cancelled', reason: 'client_cancelled' })
  client.send({ type: 'response.cancel', event_id: 'again' })
  expect(await client.next('error')).toMatchObject({
    error: { message: expect.stringMatching(/^Cancellation failed/), event_id: 'again' },
  })
  await client.close()
})

test('one response at a time: those asked for meanwhile wait', async () => {
  const client = await open()
  for (const text of ['one', 'two', 'three']) {
    client.send({ type: 'response.create', response: { instructions: `say: ${text}.` } })
  }
  const said = [textOf(await client.done()), textOf(await client.done()), textOf(await client.done())]
  expect(said).toEqual(['one.', 'two.', 'three.'])
  const turns = client.types().filter((type) => /^response\.(created|done)$/.test(type))
  expect(turns).toEqual(Array(3).fill(['response.created', 'response.done']).flat())
  await client.close()
})
