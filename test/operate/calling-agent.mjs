/**
 * The agent file of the workers here: what each job does in place of a voice. It calls `charge`, of the servers behind the
 * proxy, and `look`, of the caller's own server, until it is told to end, and notes each outcome at once.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { defineSwitchboardAgent } from '../../dist/agent/index.js'
import { createSwitchboard } from '../../dist/index.js'
import { createRegistryClient } from '../../dist/registry/client/index.js'

const betweenCallsMs = 10
const settleMs = 30_000
const { mcpServers, registry } = JSON.parse(process.env.CALLING_AGENT)
const userServersOf = registry === undefined ? undefined : createRegistryClient(registry)

const agent = defineSwitchboardAgent({
  createSwitchboard: () => createSwitchboard({ mcpServers }),
  realtime: { provider: 'rehearsal', baseURL: 'ws://127.0.0.1:9/v1' },
})
agent.entry = async (job) => {
  const { directory, first } = JSON.parse(job.job.metadata)
  const note = (what) =>
    appendFileSync(join(directory, `${job.job.id}.jsonl`), `${JSON.stringify({ at: Date.now(), ...what })}\n`)
  const isTold = (what) => existsSync(join(directory, `${job.job.id}.${what}`))
  const { switchboard } = job.proc.userData
  // On a loaded machine a process is given its job before its servers have come.
  await switchboard.settled({ timeoutMs: settleMs })
  const userServers = await userServersOf?.loadUserServers('developer')
  const conversation = switchboard.conversation({ id: job.job.id, ...(userServers ? { userServers } : {}) })
  note({ event: 'began', pid: process.pid })
  const call = async (name, args) => {
    const { ok, server, error } = await conversation.call(name, args)
    note({ event: 'outcome', name, ...args, ok, server, ...(ok ? {} : error) })
  }
  let hasHeld = false
  for (let amount = first; !isTold('over'); amount++) {
    const holds = !hasHeld && isTold('hold')
    hasHeld ||= holds
    await call('charge', holds ? { amount, until: 'released' } : { amount })
    if (userServers) await call('look', {})
    await pause(betweenCallsMs)
  }
  await conversation.end()
  userServers?.close()
  job.shutdown('the call is over')
}
export default agent
