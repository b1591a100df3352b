import { expect, test } from 'vitest'
import type { Progress } from '../../src/index.ts'
import { openReady } from '../support/opened.ts'
import { everyWay, SdkServer } from './sdk-server.ts'

test.each(everyWay)(
  'of a server on the %s SDK over %s progress is heard, and it hears of a cancel',
  async (sdk, transport) => {
    const server = new SdkServer(sdk)
    const { switchboard } = await openReady({ it: await server.entry(transport) })
    const cancel = new AbortController()
    const heard: Progress[] = []
    const onProgress = (progress: Progress) => {
      heard.push(progress)
      cancel.abort()
    }
    const outcome = await switchboard.call('slow', {}, { signal: cancel.signal, onProgress })

    expect(heard).toEqual([{ progress: 1, total: 2, message: 'half of it' }])
    expect(outcome).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'unknown' } })
    // Told by a notification; by MCP 2026-07-28 over HTTP it sees that the stream is closed.
    await server.untilNoted('cancelled')
    expect(switchboard.servers).toMatchObject([{ state: 'ready', generation: 1 }])
  },
)
