import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Conversation, Outcome } from '../../src/index.ts'
import { readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { newFile } from '../recording/support.ts'
import { openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'
import { eras, everything, library } from './library.ts'

/** What a model reads, and who answered. */
function told(outcome: Outcome): unknown {
  if (outcome.ok) return [outcome.server, outcome.text]
  const { code, effect, message } = outcome.error
  return { code, effect, message }
}

const nothingDone = (code: string, happened: string) => ({
  ...{ code, effect: 'none' },
  message: `${happened} Nothing was done.`,
})

const read = async (conversation: Conversation, uri: string) =>
  told(await conversation.call('read_resource', { uri }))

const text = (uri: string) => `[resource, ${uri}, text/plain]\nThe text of ${uri}`

const offers = ({ functions }: Conversation) => functions.some(({ name }) => name === 'read_resource')

const unlisted = nothingDone(
  'invalid_arguments',
  'library lists no such resource, and no function of it has linked to one.',
)

describe.each(eras)('a %s server', (era) => {
  test('lets a model read what it links to in this conversation, and what it lists, and nothing else', async () => {
    const entry = library({ era, switchboard: { resources: true } })
    const { switchboard } = await openReady({ library: entry }, { maxTextCharacters: 70 })
    const [one, other] = [switchboard.conversation(), switchboard.conversation()]
    expect([offers(one), offers(other)]).toEqual([true, true])

    expect(await read(one, 'book://linked')).toEqual(unlisted)
    expect(told(await one.call('find', {}))).toEqual([
      ...['library', 'One book.\n[link to a resource, found, What was found, book://linked]'],
    ])
    expect(await read(one, 'book://linked')).toEqual(['library', text('book://linked')])
    expect(await read(other, 'book://linked')).toEqual(unlisted)

    expect(await read(other, 'book://index')).toEqual(['library', text('book://index')])
    expect(await read(other, 'book://cover')).toEqual([
      'library',
      '[resource, book://cover, image/png, 9 bytes]',
    ])
    const long = `book://${'x'.repeat(100)}`
    await one.call('find', { uri: long })
    const [, cut] = z.tuple([z.string(), z.string()]).parse(await read(one, long))
    expect(cut).toMatch(/^.{70}… \(cut: \d+ more characters\)$/)
    expect(told(await one.call('read_resource', {}))).toMatchObject({ code: 'invalid_arguments' })
  })

  test('that does not answer, is interrupted, or dies meanwhile has done nothing; and it replays', async () => {
    const [notes, recordTo] = [newFile('notes'), newFile()]
    const entry = library({ era, env: { NOTES: notes }, switchboard: { resources: true } })
    const { switchboard } = await openReady({ library: entry }, { recordTo })
    const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [])
    const conversation = switchboard.conversation()
    const slow = { uri: 'book://slow' }
    const late = await conversation.call('read_resource', slow, { timeoutMs: 300 })
    expect(told(late)).toEqual(nothingDone('timed_out', 'read_resource had no answer after 0 seconds.'))

    const given = conversation.call('read_resource', slow, { response: 'a' })
    await until(() => noted().filter((note) => note === 'read book://slow').length === 2, 'it reads')
    const stopped = await conversation.call('cancel_calls', {}, { response: 'b' })
    const cancelled = 'read_resource was cancelled. Nothing was done.'
    expect([told(await given), told(stopped)]).toEqual([
      { code: 'cancelled', effect: 'none', message: cancelled },
      ['switchboard', cancelled],
    ])

    const deadly = await conversation.call('read_resource', { uri: 'book://deadly' })
    expect(told(deadly)).toEqual(
      nothingDone('connection_lost', 'The connection to library was lost during the call.'),
    )
    expect(deadly.attempts.map(({ code }) => code)).toEqual(Array(3).fill('connection_lost'))
    await switchboard.stop()
    expect(replay(readTape(recordTo)).differences).toEqual([])
  })
})

test('a resource is read at the server that linked to it, else at the first that lists it', async () => {
  const allowed = { era: 'legacy', switchboard: { resources: true } } as const
  const { switchboard } = await openReady({
    everything: everything({ resources: true }),
    first: library({ ...allowed, switchboard: { resources: true, tools: { find: { as: 'find_first' } } } }),
    second: library({ ...allowed, switchboard: { resources: true, tools: { find: { as: 'find_second' } } } }),
    closed: library({ era: 'legacy', switchboard: { tools: { find: { as: 'find_closed' } } } }),
  })
  const conversation = switchboard.conversation()
  expect(await read(conversation, 'book://index')).toEqual(['first', text('book://index')])
  await conversation.call('find_second', { uri: 'book://index' })
  await conversation.call('find_closed', { uri: 'book://index' })
  expect(await read(conversation, 'book://index')).toEqual(['second', text('book://index')])
  await conversation.call('find_closed', { uri: 'book://secret' })
  expect(await read(conversation, 'book://secret')).toMatchObject({ code: 'invalid_arguments' })

  const uri = 'demo://resource/dynamic/text/2'
  await conversation.call('get-resource-links', { count: 2 })
  expect(await read(conversation, uri)).toEqual([
    'everything',
    expect.stringContaining('Resource 2: This is'),
  ])
})

test('nothing is read where the operator has not allowed it', async () => {
  const { switchboard } = await openReady({ library: library({ era: 'legacy' }) })
  const conversation = switchboard.conversation()
  await conversation.call('find', {})
  expect(offers(conversation)).toBe(false)
  expect(await read(conversation, 'book://linked')).toEqual(
    nothingDone('unknown_function', 'No server offers a function named read_resource.'),
  )
})
