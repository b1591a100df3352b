/** What the measurements share. */
import { createSwitchboard } from '../dist/index.js'

export async function withSwitchboard(mcpServers, work) {
  const switchboard = createSwitchboard({ mcpServers })
  const startedAt = performance.now()
  const ready = event(switchboard, isReady)
  switchboard.start()
  await ready
  try {
    return await work(switchboard, performance.now() - startedAt)
  } finally {
    await switchboard.stop()
  }
}

export function isReady(one) {
  return one.type === 'server.changed' && one.server.state === 'ready' && one.previous !== 'ready'
}

export function event(switchboard, isIt) {
  return new Promise((resolve) => {
    const off = switchboard.subscribe((one) => {
      if (!isIt(one)) return
      off()
      resolve(one)
    })
  })
}

export async function timed(work) {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
