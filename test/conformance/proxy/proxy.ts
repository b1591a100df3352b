import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { createSwitchboard } from '../../../src/index.ts'
import { serveProxyHttp } from '../../../src/proxy/index.ts'
import { startDoorman } from './doorman.ts'

/** A proxy in front of a server that does what the suite describes. */
export async function startProxy(): Promise<{ url: string; close(): Promise<void> }> {
  const args = [resolve(import.meta.dirname, 'server.js')]
  const mcpServers = { conformance: { command: process.execPath, args, switchboard: { logLevel: 'debug' } } }
  const switchboard = createSwitchboard({ mcpServers })
  switchboard.start()
  await switchboard.settled()
  const token = randomUUID()
  const proxy = await serveProxyHttp(switchboard, { clients: { suite: { token, logs: true } } })
  const doorman = await startDoorman(new URL(proxy.url), token)
  return {
    url: doorman.url,
    close: async () => {
      doorman.close()
      await proxy.close()
      await switchboard.stop()
    },
  }
}
