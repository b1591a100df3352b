import type { ServerStatus } from '../contract/protocol.ts'
import type { UserServers } from '../contract/user-servers.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import { createSwitchboard } from '../switchboard.ts'
import type { TestedServer, TestServer } from './router-options.ts'

const connectTimeoutMs = 10_000
/** Nobody waits for one that does not let go. */
const closeGraceMs = 500

/** By a switchboard of its own, as a call would. */
export const testServer: TestServer = async (tested, egress, signal) => {
  signal.throwIfAborted()
  const startedAt = performance.now()
  const switchboard = createSwitchboard({ mcpServers: {}, environment: {}, connectTimeoutMs, closeGraceMs })
  try {
    switchboard.start()
    const conversation = switchboard.conversation({ userServers: only(tested, egress) })
    const status = await new Promise<ServerStatus>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      conversation.subscribe((event) => {
        if (event.type === 'server.changed' && event.server.state !== 'connecting') resolve(event.server)
      })
    })
    const { state, lastError, peer, rejected } = status
    const functions = conversation.functions.filter(({ servers }) => servers.includes(tested.name))
    return {
      // Nobody goes on trying, as it would in a call.
      status: state === 'reconnecting' ? 'failed' : state,
      durationMs: Math.round(performance.now() - startedAt),
      functions: functions.map(({ name, description }) => ({ name, description })),
      rejected,
      needsSignIn: state === 'unauthorized',
      ...(lastError === undefined ? {} : { problem: lastError }),
      ...(peer === undefined ? {} : { peer }),
    }
  } finally {
    // What does not close in time is left to itself: whoever waits for the result has it.
    void switchboard.stop()
  }
}

function only({ name, url, headers, credentials }: TestedServer, egress: EgressPolicy): UserServers {
  const server = { url, headers, options: {}, ...(credentials ? { credentials } : {}) }
  return { servers: new Map([[name, server]]), problem: undefined, egress, subscribe: () => () => {} }
}
