import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { everyWay, SdkServer } from './sdk-server.ts'

test.each(everyWay)(
  'a model reads all of an answer of the %s SDK over %s, and people a title',
  async (sdk, transport) => {
    const { switchboard } = await openReady({ it: await new SdkServer(sdk).entry(transport) })
    const info = switchboard.functions.find(({ name }) => name === 'show')
    expect(info).toMatchObject({ title: 'Show all', servers: ['it'] })
    expect(await switchboard.call('show', {})).toMatchObject({
      ok: true,
      text: `here
[link to a resource, menu, Of today, file:///menu]
[image, image/png, 3 bytes]
[resource, file:///soups, text/plain]
tomato`,
    })
  },
)

test('an answer of the v2 SDK may be structured content of any type', async () => {
  const { switchboard } = await openReady({ it: await new SdkServer('v2').entry('stdio') })
  expect(await switchboard.call('list', { count: 3 })).toMatchObject({ ok: true, structured: [0, 1, 2] })
  expect(await switchboard.call('list', { count: 0 })).toMatchObject({ ok: true, structured: [] })
})
