import type { SwitchboardOptions } from '../../src/index.ts'
import { open } from '../support/opened.ts'
import { killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'

type Options = Pick<SwitchboardOptions, 'recordTo'>

/** Short real runs in which something goes wrong; those in `test/replays` were recorded with them. */
export const scenarios = {
  /** Killed during a call that may not run twice; the next call waits until it is back. */
  'killed-during-a-payment': async (options: Options) => {
    const server = new TestServer('--only', 'charge')
    const opened = open({ bank: server.stdio() }, { ...options, patienceMs: 20_000 })
    await opened.untilReady('bank')
    const payment = opened.switchboard.call('charge', { amount: 1, until: 'never' })
    await server.untilStarted('charge')
    await killServer(server)
    await payment
    await opened.switchboard.call('charge', { amount: 2 })
    await opened.switchboard.stop()
  },
  /** Stopped (SIGSTOP) during a call: it neither answers nor ends. */
  'silent-during-a-payment': async (options: Options) => {
    const server = new TestServer('--only', 'charge')
    const impatient = {
      ...{ unresponsiveAfterMs: 600, heartbeatMs: 200, heartbeatDuringCallsMs: 200, heartbeatTimeoutMs: 200 },
      callTimeoutMs: 1_500,
    }
    const opened = open({ bank: server.stdio() }, { ...options, ...impatient })
    await opened.untilReady('bank')
    const payment = opened.switchboard.call('charge', { amount: 1, until: 'never' })
    await server.untilStarted('charge')
    killQuietly(opened.pid('bank'), 'SIGSTOP')
    await payment
    await opened.untilState('bank', 'ready', 2)
    await opened.switchboard.stop()
  },
  /** Called before it has started. */
  'waits-for-the-start': async (options: Options) => {
    const server = new TestServer('--only', 'charge', '--hang-until', 'awake')
    const opened = open({ bank: server.stdio() }, { ...options, patienceMs: 10_000 })
    await opened.until('bank is dialled', () => opened.events.length > 0)
    const payment = opened.switchboard.call('charge', { amount: 1 })
    await server.untilNoted('hangs')
    server.release('awake')
    await payment
    await opened.switchboard.stop()
  },
}
