import { z } from 'zod'
import { type ServerEntry, serverOptionsSchema } from '../config/definition.ts'
import { SealedTarget } from '../config/sealed-target.ts'
import type { UserServer, UserServers } from '../contract/user-servers.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import type { ServerPool } from './server-pool.ts'

/**
 * Keeps the servers of one caller in a pool as somebody else tells them, from its start until the returned function is called.
 *
 * Dropped: nothing. Retried: nothing; who tells them does that. Told: the caller, through the pool's directory, when they are not
 * known; who tells them, how each server is.
 */
export function followUserServers(pool: ServerPool, userServers: UserServers): () => void {
  const { egress } = userServers
  let told: UserServers['servers'] | undefined
  const look = () => {
    pool.tellProblem(userServers.problem)
    if (told === userServers.servers) return
    told = userServers.servers
    const entries = [...told].map(([name, server]) => entryOf(name, server, egress))
    if (pool.isRunning) pool.configure(entries)
    else pool.start(entries)
  }
  const offStatuses = pool.subscribe((event) => {
    if (event.type === 'server.changed') userServers.observed?.(pool.statuses)
  })
  const off = userServers.subscribe(({ renewed }) => {
    look()
    if (renewed !== undefined) pool.renew(renewed)
  })
  look()
  return () => {
    off()
    offStatuses()
  }
}

/** A user's text is no place for variables of this process: nothing in it is expanded. */
function entryOf(name: string, server: UserServer, egress: EgressPolicy): ServerEntry {
  const { url, headers, credentials } = server
  const options = serverOptionsSchema.safeParse(server.options)
  if (!options.success) return { name, problem: `its options: ${z.prettifyError(options.error)}` }
  if (Object.keys(options.data.prompts).length > 0) {
    return {
      name,
      problem: 'its options: prompts of a user’s server stand in no instructions; leave them out',
    }
  }
  if (!URL.canParse(url)) return { name, problem: 'its url is no URL' }
  const target = new SealedTarget({ kind: 'http', url, headers: { ...headers }, egress })
  return {
    name,
    definition: { name, target, options: options.data, ...(credentials ? { credentials } : {}) },
  }
}
