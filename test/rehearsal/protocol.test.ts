import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Rehearsal, type RehearsalEvent, startRehearsal } from '../../src/rehearsal/index.ts'
import { RealtimeClient, textOf, tools, voiceSession } from './client.ts'

let rehearsal: Rehearsal
const observed: RehearsalEvent[] = []
const warnings: string[] = []

beforeAll(async () => {
  rehearsal = await startRehearsal({
    onEvent: (event) => observed.push(event),
    onWarning: (warning) => warnings.push(warning),
  })
})
afterAll(() => rehearsal.close())

const open = (session: object = voiceSession) => RealtimeClient.connect(rehearsal.url, session)

test('its model is never anything but rehearsal', async () => {
  const client = await RealtimeClient.connect(rehearsal.url)
  const updated = await client.update({ model: 'gpt-realtime' })
  expect(client.received[0]).toMatchObject({ type: 'session.created', session: { model: 'rehearsal' } })
  expect(updated).toMatchObject({ session: { model: 'rehearsal' } })
  await client.close()
})

test('typed text takes any text where a string is wanted', async () => {
  const client = await open()
  client.type('Search the web for the best pizza in Naples')
  const [search] = (await client.done()).output
  expect(search).toMatchObject({ name: 'search_web', arguments: '{"query":"the best pizza in Naples"}' })
  client.type(
    'send an email to dave@example.org with the subject Friday and the body Shall we meet? Bring Ann.',
  )
  const [email] = (await client.done()).output
  expect(JSON.parse(email?.arguments ?? '')).toEqual({
    to: 'dave@example.org',
    subject: 'Friday',
    body: 'Shall we meet? Bring Ann.',
  })
  client.type('what is the meaning of life')
  expect(textOf(await client.done())).toMatch(/^Sorry, I did not catch that/)
  await client.close()
})

test('one tool that OpenAI would not take costs the whole list, and the one before stays', async () => {
  const client = await open()
  const [search] = tools
  const broken = { type: 'function', name: 'broken', parameters: { type: 'object', anyOf: [] } }
  const session = { type: 'realtime', tools: [search, broken] }
  client.send({ type: 'session.update', event_id: 'tools_1', session })
  expect(await client.next('error')).toMatchObject({
    error: {
      type: 'invalid_request_error',
      code: 'invalid_function_parameters',
      param: 'session.tools[1].parameters',
      event_id: 'tools_1',
      message:
        "Invalid schema for function 'broken': schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.",
    },
  })
  expect(await client.update({})).toMatchObject({ session: { tools } })
  await client.close()
})

test('an output without its call is refused', async () => {
  const client = await open()
  client.answer('call_x', { result: 'late' })
  expect(await client.next('error')).toMatchObject({
    error: {
      code: 'invalid_tool_call_id',
      message: "Tool call ID 'call_x' not found in conversation.",
    },
  })
  await client.close()
})

test('items are echoed in place, truncated and deleted', async () => {
  const client = await open()
  const content = [{ type: 'input_text', text: 'hello' }]
  const message = { type: 'message', role: 'user', content }
  client.send({ type: 'conversation.item.create', item: { ...message, id: 'a' } })
  client.send({ type: 'conversation.item.create', item: { ...message, id: 'c' } })
  client.send({ type: 'conversation.item.create', item: { ...message, id: 'b' }, previous_item_id: 'a' })
  expect(await client.next('conversation.item.added')).toMatchObject({
    previous_item_id: null,
    item: { id: 'a' },
  })
  expect(await client.next('conversation.item.added')).toMatchObject({
    previous_item_id: 'a',
    item: { id: 'c' },
  })
  expect(await client.next('conversation.item.added')).toMatchObject({
    previous_item_id: 'a',
    item: { id: 'b' },
  })
  client.send({ type: 'conversation.item.create', item: { ...message, id: 'd' } })
  expect(await client.next('conversation.item.added')).toMatchObject({
    previous_item_id: 'c',
    item: { id: 'd' },
  })
  client.send({ type: 'conversation.item.delete', item_id: 'b' })
  expect(await client.next('conversation.item.deleted')).toMatchObject({ item_id: 'b' })
  client.send({ type: 'conversation.item.delete', item_id: 'b', event_id: 'delete_2' })
  expect(await client.next('error')).toMatchObject({
    error: { code: 'item_not_found', event_id: 'delete_2' },
  })
  client.send({ type: 'response.create', response: { instructions: 'say: Good day to you.' } })
  const spoken = (await client.done()).output[0]
  client.send({
    type: 'conversation.item.truncate',
    item_id: spoken?.id,
    content_index: 0,
    audio_end_ms: 300,
  })
  expect(await client.next('conversation.item.truncated')).toMatchObject({
    item_id: spoken?.id,
    audio_end_ms: 300,
  })
  await client.close()
})

test('what is malformed is answered with an error, and the connection lives on', async () => {
  const client = await open()
  for (const text of ['{', 'null', '[]', '{"type":"no.such.event"}', '{"type":"session.update"}']) {
    client.sendRaw(text)
    expect(await client.next('error')).toMatchObject({ error: { type: 'invalid_request_error' } })
  }
  client.send({ type: 'input_audio_buffer.append', audio: '???', event_id: 'bad_audio' })
  expect(await client.next('error')).toMatchObject({ error: { event_id: 'bad_audio' } })
  client.send({ type: 'input_audio_buffer.append', audio: 'AA==' })
  expect(await client.next('error')).toMatchObject({ error: { code: 'invalid_audio' } })
  client.sendRaw(Buffer.from([1, 2, 3]))
  expect(await client.next('error')).toMatchObject({ error: { code: 'invalid_event' } })
  client.type('tool status')
  expect((await client.done()).output[0]).toMatchObject({ name: 'tool_status' })
  await client.close()
})

test('functions that cannot be said are reported', async () => {
  const secret = {
    type: 'function',
    name: 'confirm',
    parameters: { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] },
  }
  const client = await open({ tools: [...tools, secret] })
  expect(observed.filter(({ type }) => type === 'tools').at(-1)).toMatchObject({
    sayable: expect.arrayContaining(['search the web for state machines']),
    leftOut: [{ name: 'confirm', reason: 'no value is known for code' }],
  })
  expect(warnings.at(-1)).toBe('confirm cannot be said: no value is known for code.')
  await client.close()
})

const upgrade = (headers: Record<string, string>): Promise<number | 'open'> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`${rehearsal.url}/realtime`, { headers })
    socket.on('open', () => {
      resolve('open')
      socket.close()
    })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => {})
  })

test.each([
  [{}, 'open'],
  [{ Origin: 'http://localhost:3000' }, 'open'],
  [{ Origin: 'https://example.com' }, 403],
  [{ Origin: 'null' }, 403],
  [{ Host: 'rehearsal.example.com' }, 403],
] as const)('an upgrade with %j is answered %s', async (headers, answer) => {
  expect(await upgrade({ ...headers })).toBe(answer)
})

test('a port in use is refused in one line with the remedy', async () => {
  const port = Number(new URL(rehearsal.url).port)
  const refused = startRehearsal({ port, speech: rehearsal.speech })
  await expect(refused).rejects.toThrow(
    /^the rehearsal cannot listen on [^\n]*\b\d+\b[^\n]*choose another[^\n]*$/,
  )
  await expect(startRehearsal({ port, speech: rehearsal.speech })).rejects.toThrow(String(port))
})

test('close ends the connections, and the port is free again', async () => {
  const second = await startRehearsal({ speech: rehearsal.speech })
  const port = Number(new URL(second.url).port)
  const closed = new Promise((resolve) => {
    const socket = new WebSocket(`${second.url}/realtime`)
    socket.on('open', () => void second.close())
    socket.on('close', resolve)
  })
  await closed
  const refused = await new Promise((resolve) => connect(port, '127.0.0.1').on('error', resolve))
  expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
})
