import { expect, test } from 'vitest'
import { open } from '../support/opened.ts'
import { killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { proxyOf } from './proxied.ts'

test('probes learn without a token whether the proxy lives and takes calls, and no name of a server', async () => {
  const bank = new TestServer('--only', 'look', '--hang-until', 'awake', '--dies-again')
  const opened = open({ bank: bank.stdio() })
  const { port } = await proxyOf(opened)
  const probe = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return [response.status, await response.json()]
  }
  const waits = [503, { ready: false, reasons: ['No MCP server is ready.'] }]
  expect(await probe('/livez')).toEqual([200, { alive: true }])
  expect(await probe('/readyz')).toEqual(waits)
  bank.release('awake')
  await opened.untilReady('bank')
  expect(await probe('/readyz')).toEqual([200, { ready: true, reasons: [] }])
  killQuietly(opened.pid('bank'), 'SIGKILL')
  await opened.until('it is gone', () => opened.server('bank').state === 'reconnecting')
  expect(await probe('/readyz')).toEqual(waits)
  expect(await fetch(`http://127.0.0.1:${port}/mcp`).then(({ status }) => status)).toBe(401)
})
