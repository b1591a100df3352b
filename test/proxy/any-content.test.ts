import { expect, test } from 'vitest'
import { SdkServer } from '../sdk-servers/sdk-server.ts'
import { openReady } from '../support/opened.ts'
import { clientOf, entryFor, proxyOf } from './proxied.ts'

test('structured content that is no object gets through to our own client, and harms no client of before', async () => {
  const opened = await openReady({ it: await new SdkServer('v2').entry('stdio') })
  const proxy = await proxyOf(opened)

  const stranger = await clientOf(proxy)
  const { tools } = await stranger.listTools()
  expect(tools).toContainEqual(expect.objectContaining({ name: 'show', title: 'Show all' }))
  expect(tools.find(({ name }) => name === 'list')).not.toHaveProperty('outputSchema')
  const answer = await stranger.callTool({ name: 'list', arguments: { count: 3 } })
  expect(answer).toMatchObject({ content: [{ type: 'text', text: '[0,1,2]' }] })
  expect(answer).not.toHaveProperty('structuredContent')

  const { switchboard } = await openReady({ proxied: entryFor(proxy) })
  expect(await switchboard.call('list', { count: 3 })).toMatchObject({ ok: true, structured: [0, 1, 2] })
})
