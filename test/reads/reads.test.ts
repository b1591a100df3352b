import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ReadOutcome, ReadRequest } from '../../src/index.ts'
import { readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { newFile } from '../recording/support.ts'
import { openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'
import { eras, everything, library } from './library.ts'

const secret = 'sesame-opens-the-door'

/** The result, or the error without its cause. */
function told(outcome: ReadOutcome): unknown {
  if (outcome.ok) return outcome.result
  const { code, effect, message } = outcome.error
  return { code, effect, message }
}

const nothingDone = (code: string, happened: string) => ({
  ...{ code, effect: 'none' },
  message: `${happened} Nothing was done.`,
})

describe.each(eras)('of a %s server', (era) => {
  test('prompts, resources and completions are read, words cleaned and the rest untouched', async () => {
    const entry = library({ era, env: { SECRET: secret } })
    const opened = await openReady({ library: entry })
    const { switchboard } = opened
    expect(opened.server('library').peer?.protocolVersion).toBe(
      era === 'legacy' ? '2025-11-25' : '2026-07-28',
    )
    const read = async (request: ReadRequest) => told(await switchboard.read('library', request))

    expect(await read({ method: 'prompts/list' })).toEqual({
      prompts: [
        {
          ...{ name: 'greet', title: 'Greeting', description: 'How to greet with [hidden]' },
          arguments: [{ name: 'name', required: true }],
        },
      ],
    })
    expect(await read({ method: 'prompts/get', name: 'greet', arguments: { name: 'Ada' } })).toEqual({
      messages: [{ role: 'user', content: { type: 'text', text: 'Greet Ada.\u202e' } }],
    })
    expect(await read({ method: 'resources/list' })).toEqual({
      resources: [
        { uri: 'book://index', name: 'index', description: 'All books', mimeType: 'text/plain' },
        { uri: 'book://cover', name: 'cover', mimeType: 'image/png' },
        { uri: 'book://slow', name: 'slow' },
        { uri: 'book://deadly', name: 'deadly' },
        { uri: 'book://curious', name: 'curious' },
      ],
    })
    expect(await read({ method: 'resources/templates/list' })).toEqual({
      resourceTemplates: [{ uriTemplate: 'book://{title}', name: 'book', description: 'Any book' }],
    })
    expect(await read({ method: 'resources/read', uri: 'book://cover' })).toEqual({
      contents: [{ uri: 'book://cover', mimeType: 'image/png', blob: 'YSBwaWN0dXJl' }],
    })
    const ref = { type: 'ref/prompt', name: 'greet' } as const
    const argument = { name: 'name', value: 'A' }
    expect(await read({ method: 'completion/complete', ref, argument })).toEqual({
      completion: { values: ['Ada', 'Alan'], total: 3, hasMore: false },
    })
    expect(await read({ method: 'prompts/get', name: 'curse' })).toEqual(
      nothingDone('protocol_error', 'library answered with error -32602.'),
    )
  })

  test('a read ends once: late, cancelled, with its server, or at once where that is away; and replays', async () => {
    const [notes, recordTo] = [newFile('notes'), newFile()]
    const entry = library({ era, env: { NOTES: notes } })
    const opened = await openReady(
      { library: entry },
      { recordTo, minBackOffMs: 60_000, maxBackOffMs: 60_000 },
    )
    const { switchboard } = opened
    const slow = { method: 'resources/read', uri: 'book://slow' } as const
    const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : [])

    const late = await switchboard.read('library', slow, { timeoutMs: 100 })
    expect(told(late)).toEqual(nothingDone('timed_out', 'library did not answer in time.'))
    await until(() => noted().includes('cancelled book://slow'), 'the server hears that it is late')

    const controller = new AbortController()
    const given = switchboard.read('library', slow, { signal: controller.signal })
    await until(() => noted().length === 3, 'the server reads')
    controller.abort()
    const cancelled = nothingDone('cancelled', 'Reading from library was cancelled.')
    expect(told(await given)).toEqual(cancelled)
    await until(() => noted().length === 4, 'the server hears that it is cancelled')
    expect(told(await switchboard.read('library', slow, { signal: controller.signal }))).toEqual(cancelled)
    expect(opened.statesOf('library')).toEqual(['connecting', 'ready'])

    const conversation = switchboard.conversation()
    const forgotten = conversation.read('library', slow)
    await conversation.end()
    expect(told(await forgotten)).toEqual(cancelled)
    expect(told(await conversation.read('library', slow))).toEqual(
      nothingDone('server_unavailable', 'The conversation has ended.'),
    )

    const [deadly, beside] = await Promise.all([
      switchboard.read('library', { method: 'resources/read', uri: 'book://deadly' }),
      switchboard.read('library', slow),
    ])
    const lost = nothingDone('connection_lost', 'The connection to library was lost during the read.')
    expect([told(deadly), told(beside)]).toEqual([lost, lost])
    expect(await switchboard.read('library', slow)).toMatchObject({
      error: { code: 'server_unavailable', effect: 'none', retryAfterMs: expect.any(Number) },
    })
    expect(told(await switchboard.read('archive', slow))).toEqual(
      nothingDone('server_failed', 'No server is named archive.'),
    )
    expect(told(await switchboard.read('libary', slow))).toEqual(
      nothingDone('server_failed', 'No server is named libary; did you mean "library"?'),
    )
    await switchboard.stop()
    expect(told(await switchboard.read('library', slow))).toMatchObject({ code: 'server_unavailable' })

    const tape = readTape(recordTo)
    expect(replay(tape).differences).toEqual([])
    expect(JSON.stringify(tape)).toContain('book://deadly')
  })

  test('what a server says of itself is told without secrets, and is no longer than a model can bear', async () => {
    const entry = library({ era, instructions: 'Be brief.\u202e', env: { SECRET: secret } })
    const wall = library({ era, instructions: 'wall '.repeat(2_000) })
    const silenced = library({ era, instructions: 'Obey.', switchboard: { instructions: false } })
    const { switchboard } = await openReady({ entry, wall, silenced, silent: library({ era }) })
    expect(switchboard.instructions).toEqual([
      { server: 'entry', instructions: 'Be brief. [hidden]' },
      { server: 'wall', instructions: expect.stringMatching(/^(wall ){800}… \(cut: \d+ more characters\)$/) },
    ])
    expect(switchboard.conversation().instructions).toEqual(switchboard.instructions)
  })
})

test('a request that is none, as plain JavaScript may make it, ends as an error that says what is wrong', async () => {
  const { switchboard } = await openReady({ library: library({ era: 'legacy' }) })
  const read = async (request: unknown) => {
    const outcome: unknown = await Reflect.apply(switchboard.read, switchboard, ['library', request])
    return outcome
  }
  const wrong = (mistake: string) => ({
    ...{ ok: false, server: 'library', durationMs: expect.any(Number) },
    error: nothingDone('invalid_arguments', `Nothing was read from library: ${mistake}.`),
  })
  const methods = [
    ...['prompts/list', 'prompts/get', 'resources/list', 'resources/templates/list'],
    ...['resources/read', 'completion/complete'],
  ].join(', ')
  const unknown = wrong(`its request has no known method; there is ${methods}`)
  expect(await read({ method: 'bogus' })).toEqual(unknown)
  expect(await read(undefined)).toEqual(unknown)
  expect(await read({ method: 'resources/read', url: 'book://index' })).toEqual(
    wrong('uri: Invalid input: expected string, received undefined'),
  )
  expect(await read({ method: 'prompts/get', name: 'greet', arguments: { name: 1 } })).toEqual(
    wrong('arguments.name: Invalid input: expected string, received number'),
  )
})

test('a server of one conversation is read by nobody else, and says nothing of itself to a model', async () => {
  const { switchboard } = await openReady({})
  const mine = library({ era: 'legacy', instructions: 'Obey me.' })
  const vouched = library({ era: 'legacy', instructions: 'Be brief.', switchboard: { instructions: true } })
  const conversation = switchboard.conversation({ mcpServers: { mine, vouched } })
  const index = { method: 'resources/read', uri: 'book://index' } as const
  await until(
    async () => (await conversation.read('mine', index)).ok && conversation.instructions.length > 0,
    'both are there',
  )

  expect(conversation.instructions).toEqual([{ server: 'vouched', instructions: 'Be brief. nothing' }])
  expect(switchboard.instructions).toEqual([])
  const unknown = nothingDone('server_failed', 'No server is named mine.')
  expect(told(await switchboard.read('mine', index))).toEqual(unknown)
  expect(told(await switchboard.conversation().read('mine', index))).toEqual(unknown)
})

test('the reference server is read, its templates, and what its tools link to', async () => {
  const { switchboard } = await openReady({ everything: everything() })
  const read = (request: ReadRequest) => switchboard.read('everything', request)
  expect(
    await read({ method: 'prompts/get', name: 'args-prompt', arguments: { city: 'Rome' } }),
  ).toMatchObject({
    result: { messages: [{ role: 'user', content: { type: 'text', text: "What's weather in Rome?" } }] },
  })
  const found = await switchboard.call('get-resource-links', { count: 2 })
  expect(found).toMatchObject({
    ok: true,
    content: [{}, {}, { type: 'resource_link', name: 'Text Resource 2' }],
  })
  const uri = 'demo://resource/dynamic/text/2'
  expect(await read({ method: 'resources/read', uri })).toMatchObject({
    result: { contents: [{ uri, mimeType: 'text/plain', text: expect.stringContaining('Resource 2') }] },
  })
  expect(switchboard.instructions).toMatchObject([
    { server: 'everything', instructions: expect.stringContaining('Everything Server') },
  ])
})
