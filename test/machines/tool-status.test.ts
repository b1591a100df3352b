import { expect, test } from 'vitest'
import type { ServerReport } from '../../src/machines/directory.ts'
import { statusText, toolStatus } from '../../src/machines/tool-status.ts'
import { ScriptedDirectory, startedAt, toolsNamed } from './scripted-directory.ts'

test('a model is told when to use it, and that it takes nothing', () => {
  expect(toolStatus).toEqual({
    name: 'tool_status',
    description:
      'Tells which tools cannot be used right now, since when, and why. Use it before telling the caller.',
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    servers: [],
    callable: true,
  })
})

const away = (seconds: number, changes: Partial<ServerReport> = {}): Partial<ServerReport> => ({
  ...{ state: 'reconnecting', since: startedAt - seconds * 1_000, ...changes },
})

test.each<[string, Record<string, Partial<ServerReport>>, string]>([
  ['no server is configured', {}, 'No tools are configured.'],
  ['no server has tools', { bank: { tools: [] } }, 'No tools are configured.'],
  [
    'all can be used',
    { bank: toolsNamed('charge', 'refund'), shop: { state: 'degraded', ...toolsNamed('order') } },
    'All tools can be used: charge, refund, order.',
  ],
  [
    'some cannot be used',
    { bank: {}, shop: away(42, { lastError: 'status 502', ...toolsNamed('order', 'return') }) },
    'shop is reconnecting since 42 seconds, because status 502. Without it: order, return.',
  ],
  [
    'several cannot be used',
    { bank: away(0.4, { state: 'failed' }), shop: away(60, { state: 'connecting', tools: [] }) },
    'bank is failed since 0 seconds. Without it: charge. shop is connecting since 60 seconds.',
  ],
  ['it is a second', { bank: away(1.4, { tools: [] }) }, 'bank is reconnecting since 1 second.'],
  ['it is not yet two', { bank: away(1.5, { tools: [] }) }, 'bank is reconnecting since 2 seconds.'],
  ['a clock goes wrong', { bank: away(-5, { tools: [] }) }, 'bank is reconnecting since 0 seconds.'],
])('says what is missing, since when, and why, where %s', (_, servers, text) => {
  const directory = new ScriptedDirectory()
  for (const [name, report] of Object.entries(servers)) directory.serve(name, report)
  expect(statusText(directory, startedAt)).toBe(text)
})

test('names functions as the model sees them, and not those that another server takes calls for', () => {
  const group = { group: 'search' }
  const directory = new ScriptedDirectory()
    .serve('bank', toolsNamed('charge'))
    .serve('shop', away(3, toolsNamed('charge', 'order')))
    .serve('web', toolsNamed('find'), group)
    .serve('wiki', away(3, toolsNamed('find')), group)
  expect(statusText(directory, startedAt)).toBe(
    'shop is reconnecting since 3 seconds. Without it: shop__charge, order. wiki is reconnecting since 3 seconds.',
  )
})

test('tells of the shared servers of a conversation too', () => {
  const shared = new ScriptedDirectory().serve('bank', away(3, { tools: [] }))
  const own = new ScriptedDirectory(shared).serve('diary', away(4, { tools: [] }))
  const text = 'bank is reconnecting since 3 seconds. diary is reconnecting since 4 seconds.'
  expect(statusText(own, startedAt)).toBe(text)
})
