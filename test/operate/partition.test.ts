import { expect, test } from 'vitest'
import { createSwitchboard } from '../../src/index.ts'
import { Opened } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { Namespace } from './namespace.ts'
import { tell } from './steps.ts'

test('a server on a host that is cut off in mid-call: its call ends soon and runs once, the others go elsewhere, and it comes back', async ({
  skip,
}) => {
  const host = Namespace.create()
  if (typeof host === 'string') {
    console.log(host)
    return skip()
  }
  const [far, near] = [new TestServer('--only', 'charge'), new TestServer('--only', 'charge')]
  const farUrl = (await far.startHttp(0, host.place)).url
  const nearUrl = (await near.startHttp()).url
  const opened = new Opened(
    createSwitchboard({
      mcpServers: {
        far: { url: farUrl, switchboard: { group: 'bank', priority: 1 } },
        near: { url: nearUrl, switchboard: { group: 'bank' } },
      },
      ...{ unresponsiveAfterMs: 1_500, callTimeoutMs: 60_000 },
    }),
  )
  const { switchboard } = opened
  await opened.untilReady('far', 'near')

  const held = switchboard.call('charge', { amount: 1, until: 'released' })
  await far.untilStarted('charge')
  const cutAt = performance.now()
  host.cut()
  tell('the host of a server is cut off while it runs a call')
  const outcome = await held
  tell(`its call ended ${Math.round(performance.now() - cutAt)} ms later`)
  expect(outcome).toMatchObject({ ok: false, server: 'far', error: { code: 'timed_out', effect: 'unknown' } })
  far.release('released')

  await opened.until('far is not ready', () => opened.server('far').state !== 'ready')
  for (let amount = 2; amount < 5; amount++) {
    expect(await switchboard.call('charge', { amount })).toMatchObject({ ok: true, server: 'near' })
  }
  tell('calls go to the other replica')
  host.mend()
  await opened.untilReady('far')
  tell('the host is back, and its server is ready by itself')
  expect(await switchboard.call('charge', { amount: 5 })).toMatchObject({ ok: true, server: 'far' })
  await until(() => far.runs('charge').finished === 2, 'what was held has finished')

  const amounts = (server: TestServer) =>
    server.ledger.flatMap(({ event, arguments: args }) => (event === 'start' ? [args?.amount] : []))
  expect({ far: amounts(far), near: amounts(near) }).toEqual({ far: [1, 5], near: [2, 3, 4] })
})
