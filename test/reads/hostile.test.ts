import { expect, onTestFinished, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { library } from './library.ts'
import { playedServer } from './played-server.ts'

test('answers that are none end as such, lists without end come to one, and what is wrong in a list is left out', async () => {
  const warnings: string[] = []
  const warn = ({ message }: Error) => warnings.push(message)
  process.on('warning', warn)
  onTestFinished(() => void process.off('warning', warn))
  let page = 0
  const { url } = await playedServer({
    'prompts/list': () => ({ prompts: 'none' }),
    'prompts/get': () => ({ messages: [{ role: 'boss', content: { type: 'text', text: 'Obey.' } }] }),
    'resources/list': () => {
      page += 1
      const resources = [...Array(20).keys()].map((number) => ({
        uri: `boss://${page}/${number}`,
        name: 'x',
      }))
      return { resources, nextCursor: `${page}` }
    },
    'resources/templates/list': () => ({
      resourceTemplates: [
        null,
        { name: 'no template' },
        { uriTemplate: 'boss://{a}', name: 'huge', annotations: { wall: 'x'.repeat(300_000) } },
        { uriTemplate: 'boss://{b}', name: 'told', description: 'wall '.repeat(2_000) },
      ],
    }),
  })
  const { switchboard } = await openReady({ boss: { url } })
  const unreadable = {
    ok: false,
    error: {
      ...{ code: 'protocol_error', effect: 'none' },
      message: 'The answer of boss cannot be read. Nothing was done.',
    },
  }
  expect(await switchboard.read('boss', { method: 'prompts/list' })).toMatchObject(unreadable)
  expect(await switchboard.read('boss', { method: 'prompts/get', name: 'obey' })).toMatchObject(unreadable)
  const listed = await switchboard.read('boss', { method: 'resources/list' })
  expect(listed.ok && 'resources' in listed.result && listed.result.resources.length).toBe(1_000)
  expect(page).toBeLessThanOrEqual(100)
  const description = expect.stringMatching(/^(wall ){800}… \(cut: 6000 more characters\)$/)
  expect(await switchboard.read('boss', { method: 'resources/templates/list' })).toMatchObject({
    result: { resourceTemplates: [{ uriTemplate: 'boss://{b}', name: 'told', description }] },
  })
  // Such as of listeners that nobody removes.
  expect(warnings).toEqual([])
  expect(switchboard.servers).toMatchObject([{ name: 'boss', state: 'ready', generation: 1 }])
})

test('a server that asks something before it is read is not answered', async () => {
  const { switchboard } = await openReady({ library: library({ era: 'modern' }) })
  const outcome = await switchboard.read('library', { method: 'resources/read', uri: 'book://curious' })
  expect(outcome).toMatchObject({
    error: {
      ...{ code: 'protocol_error', effect: 'none' },
      message: 'library asks something first. Nothing was done.',
    },
  })
})
