import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { callDownload } from '../../src/inspector/download/call-download.ts'
import { tar, tarSize } from '../../src/inspector/download/tar.ts'
import { transcript } from '../../src/inspector/download/transcript.ts'
import type { CallDetails, ConversationView } from '../../src/inspector/wire.ts'
import { readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { newFile } from '../recording/support.ts'
import { bytesOf } from '../support/bytes-of.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { openPage } from './live-page.ts'

const at = Date.UTC(2020, 0, 2, 14, 3, 22)

const conversation: ConversationView = {
  conversationId: 'c-1',
  startedAt: at,
  endedAt: at + 9_000,
  marks: [
    { at: at + 500, kind: 'caller', endedAt: at + 1_500, text: 'send an\nemail' },
    { at: at + 3_000, kind: 'filler', text: 'waiting for send_email' },
    { at: at + 3_100, kind: 'agent', endedAt: at + 4_000 },
    { at: at + 4_000, kind: 'interruption' },
    { at: at + 5_000, kind: 'question', text: 'delete_account' },
  ],
}

const sent: CallDetails = {
  call: {
    ...{ callId: 'a', conversationId: 'c-1', function: 'send_email', state: 'failed', server: 'mail' },
    ...{ startedAt: at + 2_000, sentAt: at + 2_001, endedAt: at + 2_750 },
    ...{ code: 'connection_lost', effect: 'unknown', attempts: [], progress: [] },
    ...{ argumentsText: '{"to":"carol"}', resultText: 'I do not know whether it was done.' },
  },
  arguments: { to: 'carol' },
  events: [],
}

/** Unpacked by the system's own tar: the text of each file by its name. */
function unpacked(archive: Uint8Array): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-download-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  execFileSync('tar', ['-xf', '-'], { cwd: folder, input: archive })
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    names.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
    }),
  )
}

test('an archive has every byte of its files, and the size that was told before', async () => {
  const contents = ['', 'x', 'y'.repeat(512), 'z'.repeat(100_000)]
  const files = contents.map((text, index) => ({
    name: `folder/${index}.txt`,
    size: text.length,
    content: () => [Buffer.from(text.slice(0, 700)), Buffer.from(text.slice(700))],
  }))
  const archive = await bytesOf(tar(files, at))
  expect(archive.byteLength).toBe(tarSize(files))
  expect(unpacked(archive)).toEqual(
    Object.fromEntries(contents.map((text, index) => [`folder/${index}.txt`, text])),
  )
})

test('an archive breaks off where a file is not as long any more as it was told', async () => {
  for (const text of ['shor', 'longer']) {
    const file = { name: 'a.txt', size: 5, content: () => [Buffer.from(text)] }
    await expect(bytesOf(tar([file], at))).rejects.toThrow('a.txt has not 5 bytes any more')
  }
})

test('a transcript has what was said and what was called, in order', () => {
  expect(transcript(conversation, [sent])).toBe(
    [
      'Conversation c-1',
      'began 2020-01-02T14:03:22.000Z, ended after 9.000 s',
      '',
      '    +0.500 s  caller    send an email',
      '    +2.000 s  call      send_email {"to":"carol"} → connection_lost, effect unknown after 0.750 s → I do not know whether it was done.',
      '    +3.000 s  silence   (waiting for send_email)',
      '    +3.100 s  agent     (without words)',
      '    +4.000 s  caller    (interrupts)',
      '    +5.000 s  question  (delete_account)',
      '',
    ].join('\n'),
  )
})

test('a call is downloaded with its recording where there is one, and says why it cannot be replayed', async () => {
  const parts = { conversation, calls: [sent], servers: [], at: at + 20_000 }
  const chunks = Readable.from([Buffer.from('RI'), Buffer.from('FF')])
  const recording = { size: 4, chunks }
  const reply = await callDownload({ ...parts, recording })
  if (typeof reply.body !== 'object' || !('chunks' in reply.body)) throw new Error('it is not streamed')
  expect({ ...reply, body: undefined }).toEqual({
    status: 200,
    headers: {
      'Content-Type': 'application/x-tar',
      'Content-Disposition': 'attachment; filename="call-2020-01-02T14-03-22.tar"',
    },
    body: undefined,
  })
  const files = unpacked(await bytesOf(reply.body.chunks))
  const folder = 'call-2020-01-02T14-03-22'
  expect(Object.keys(files).sort()).toEqual(
    ['README.txt', 'conversation.json', 'recording.wav', 'transcript.txt'].map((name) => `${folder}/${name}`),
  )
  expect(files[`${folder}/README.txt`]).toContain('nothing was recorded (recordTo, or --record)')
  expect(files[`${folder}/recording.wav`]).toBe('RIFF')
  expect(JSON.parse(files[`${folder}/conversation.json`] ?? '')).toEqual({
    downloadedAt: at + 20_000,
    conversation,
    calls: [sent],
    servers: [],
  })

  for (const tapeFile of [newFile(), tmpdir(), '/dev/null']) {
    const { body } = await callDownload({ ...parts, tapeFile })
    if (typeof body !== 'object' || !('chunks' in body)) throw new Error('it is not streamed')
    const without = unpacked(await bytesOf(body.chunks))
    expect(Object.keys(without)).not.toContain(`${folder}/call.jsonl`)
    expect(without[`${folder}/README.txt`]).toContain('the recording could not be read')
  }
})

test('a recorded call is downloaded while it runs, and replayed as it was', async () => {
  const server = new TestServer()
  const recordTo = newFile()
  const opened = await openReady({ bank: server.stdio() }, { recordTo })
  const page = await openPage(opened.switchboard)
  const conversation = opened.switchboard.conversation()
  server.release('paid')
  await conversation.call('charge', { amount: 1, until: 'paid' })
  const running = conversation.call('charge', { amount: 2, until: 'later' })
  await page.sees('the second call, running', ({ calls }) => [...calls.values()][1]?.state === 'running')
  await until(() => readFileSync(recordTo, 'utf8').includes('"amount":2'), 'the second call is recorded')

  const response = await page.visitor.get(`/api/conversations/${conversation.id}/download`)
  const archive = new Uint8Array(await response.arrayBuffer())
  expect(response.status).toBe(200)
  expect(Number(response.headers.get('content-length'))).toBe(archive.byteLength)
  server.release('later')
  await running

  const files = new Map(Object.entries(unpacked(archive)).map(([name, text]) => [name.split('/')[1], text]))
  const whole = JSON.parse(files.get('conversation.json') ?? '')
  expect(whole).toEqual({
    downloadedAt: expect.any(Number),
    conversation: page.state.conversations.get(conversation.id),
    calls: [
      expect.objectContaining({
        arguments: { amount: 1, until: 'paid' },
        outcome: expect.objectContaining({ ok: true }),
      }),
      expect.objectContaining({ arguments: { amount: 2, until: 'later' } }),
    ],
    servers: [{ name: 'bank', states: [{ at: expect.any(Number), state: 'ready' }] }],
  })
  const tape = newFile('call.jsonl')
  writeFileSync(tape, files.get('call.jsonl') ?? '')
  const { differences, isWhole, happenings } = replay(readTape(tape))
  expect([differences, isWhole]).toEqual([[], false])
  const calls = happenings.filter((one) => 'input' in one && one.input.type === 'function.call')
  expect(calls.length).toBe(2)
})

test('a conversation that is not known is not downloaded', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const page = await openPage(opened.switchboard)
  const response = await page.visitor.get('/api/conversations/nobody/download')
  expect([response.status, await response.json()]).toEqual([
    404,
    { error: { message: 'This conversation is not remembered any more.' } },
  ])
})
