import { expect, test } from 'vitest'
import type { SwitchboardEvent } from '../../src/index.ts'
import { readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { newFile } from '../recording/support.ts'
import { type Opened, openReady } from '../support/opened.ts'
import { everyWay, SdkServer, sdks } from './sdk-server.ts'

function logged({ events }: Pick<Opened, 'events'>): SwitchboardEvent[] {
  return events.filter(({ type }) => type === 'server.logged')
}

test.each(everyWay)('what a server on the %s SDK logs over %s is told', async (sdk, transport) => {
  const entry = await new SdkServer(sdk).entry(transport, { logLevel: 'info' })
  const opened = await openReady({ it: entry })
  const conversation = opened.switchboard.conversation()
  const heard: SwitchboardEvent[] = []
  conversation.subscribe((event) => heard.push(event))

  expect(await conversation.call('log', { count: 2 })).toMatchObject({ ok: true })
  expect(await conversation.call('log_quietly', {})).toMatchObject({ ok: true })
  await opened.until('all is logged', () => logged(opened).length >= 3)

  const common = { type: 'server.logged', at: expect.any(Number), server: 'it' }
  expect(logged(opened)).toEqual([
    { ...common, level: 'warning', logger: 'disk', text: '{"free":1}' },
    { ...common, level: 'warning', logger: 'disk', text: '{"free":2}' },
    { ...common, level: 'error', text: 'a fault' },
  ])
  // It may be of another caller.
  expect(logged({ events: heard })).toEqual([])
})

test.each(sdks)('a server on the %s SDK that is asked for no log logs what its era lets it', async (sdk) => {
  const recordTo = newFile()
  const opened = await openReady({ it: await new SdkServer(sdk).entry('stdio') }, { recordTo })
  await opened.switchboard.call('log_quietly', {})
  await opened.switchboard.call('log', { count: 1_000 })
  if (sdk === 'v1') await opened.until('the newest is logged', () => logged(opened).length > 20)
  await opened.switchboard.stop()

  const common = {
    type: 'server.logged',
    at: expect.any(Number),
    server: 'it',
    level: 'warning',
    logger: 'disk',
  }
  const [debug, error, ...warnings] = logged(opened)
  if (sdk === 'v2') expect(logged(opened)).toEqual([])
  else {
    expect([debug, error]).toMatchObject([{ level: 'debug', text: 'a detail' }, { level: 'error' }])
    expect(warnings.length).toBeLessThan(100)
    expect(warnings.at(-1)).toEqual({ ...common, text: '{"free":1000}', dropped: expect.any(Number) })
  }
  const { differences, isWhole } = replay(readTape(recordTo))
  expect({ differences, isWhole }).toEqual({ differences: [], isWhole: true })
})

test('what a server of one conversation logs, that conversation hears alone', async () => {
  const opened = await openReady({})
  const conversation = opened.switchboard.conversation({
    mcpServers: { own: await new SdkServer('v1').entry('stdio') },
  })
  const heard: SwitchboardEvent[] = []
  const isLogged = new Promise<void>((resolve) => {
    conversation.subscribe((event) => {
      heard.push(event)
      if (event.type === 'server.logged') resolve()
    })
  })
  expect(await conversation.call('log', { count: 1 }, { timeoutMs: 20_000 })).toMatchObject({ ok: true })
  await isLogged
  expect(logged({ events: heard })).toMatchObject([{ server: 'own', level: 'warning', text: '{"free":1}' }])
  expect(logged(opened)).toEqual([])
})
