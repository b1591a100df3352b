import { type ActorRefFrom, assertEvent, setup } from 'xstate'
import {
  isSameEntry,
  type ServerEntry,
  type ServerOptions,
  serverOptionsSchema,
} from '../config/definition.ts'
import { messageOf } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type { LogMessage } from '../contract/protocol.ts'
import type { ServerReport } from './directory.ts'
import type { Receiver, ServerCommand } from './messages.ts'
import { spendRestart } from './restart-budget.ts'
import { serverMachine } from './server.ts'
import {
  abandoned,
  callEnded,
  connectionId,
  endReads,
  initialContext,
  reportOf,
  type ServerContext,
  type ServerInput,
  type ServerNews,
} from './server-context.ts'
import { without } from './without.ts'

export interface SupervisorInput {
  policy: Policy
  now: () => number
  random: () => number
}

interface Supervised {
  entry: ServerEntry
  /** The present actor's id; one that is being replaced has another. */
  id: string
  restarts: number[]
  report: ServerReport
}

export interface SupervisorContext extends SupervisorInput {
  servers: ReadonlyMap<string, Supervised>
  /** Every actor that has not ended, those that are closing included. */
  alive: ReadonlyMap<string, ActorRefFrom<typeof serverMachine>>
  /** Connections whose server actor broke, and which have not closed yet. */
  orphans: ReadonlySet<string>
  started: number
  /** Of servers that were removed: one of the same name goes on from there. */
  lastGenerations: ReadonlyMap<string, number>
}

export type SupervisorEvent =
  | { type: 'servers.configure'; entries: ServerEntry[] }
  | { type: 'server.restart'; name: string }
  | { type: 'server.renew'; name: string }
  | ({ id: string } & ServerNews)
  | { type: 'stop' }
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }
  | { type: `xstate.done.actor.${string}`; actorId: string }

export type SupervisorNews =
  | { type: 'server.reported'; report: ServerReport; options: ServerOptions; server: Receiver<ServerCommand> }
  | { type: 'server.logged'; name: string; message: LogMessage }
  | { type: 'server.removed'; name: string }
  /** What becomes of one that was removed: closing, then closed. */
  | { type: 'server.leaving'; report: ServerReport; options: ServerOptions }

const noOptions = serverOptionsSchema.parse({})

const supervisorSetup = setup({
  types: {
    context: {} as SupervisorContext,
    input: {} as SupervisorInput,
    events: {} as SupervisorEvent,
    emitted: {} as SupervisorNews,
  },
  actors: { server: serverMachine },
  guards: { isAlone: ({ context }) => context.alive.size === 0 && context.orphans.size === 0 },
})

/** Spawns the actor of one entry; a predecessor's memory goes along. */
const spawnServer = (entry: ServerEntry, restarts: number[], remembered?: ServerInput['remembered']) =>
  supervisorSetup.assign(({ context, spawn, self }) => {
    const id = `${entry.name}#${context.started + 1}`
    const input: ServerInput = {
      entry,
      policy: context.policy,
      now: context.now,
      random: context.random,
      othersAway: () => {
        const all = [...self.getSnapshot().context.servers.values()]
        return all.filter((one) => one.id !== id && one.report.state === 'reconnecting').length
      },
      supervisor: { send: (news) => self.send({ ...news, id }) },
      ...(remembered === undefined ? {} : { remembered }),
    }
    // As if it had reported: it may break before it does.
    const report = reportOf(initialContext(input))
    const supervised: Supervised = { entry, id, restarts, report }
    return {
      started: context.started + 1,
      servers: new Map(context.servers).set(entry.name, supervised),
      alive: new Map(context.alive).set(id, spawn('server', { id, input })),
    }
  })

/** Touches only what changed. A replaced server's generation goes on, so that no two connections share a number. */
const configure = supervisorSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'servers.configure')
  const wanted = new Map(event.entries.map((entry) => [entry.name, entry]))
  for (const [name, { id, report }] of context.servers) {
    if (wanted.has(name)) continue
    enqueue(() => context.alive.get(id)?.send({ type: 'retire' }))
    enqueue.assign(({ context }) => ({
      servers: without(context.servers, name),
      lastGenerations: new Map(context.lastGenerations).set(name, report.generation),
    }))
    enqueue.emit({ type: 'server.removed', name })
  }
  for (const entry of event.entries) {
    const known = context.servers.get(entry.name)
    if (known && isSameEntry(known.entry, entry)) continue
    if (known) enqueue(() => context.alive.get(known.id)?.send({ type: 'retire' }))
    const generation = known?.report.generation ?? context.lastGenerations.get(entry.name) ?? 0
    const remembered = { generation, tools: [], rejected: [], listed: false }
    enqueue(spawnServer(entry, [], remembered))
  }
})

const relay = supervisorSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'server.changed')
  const { report } = event
  const supervised = context.servers.get(report.name)
  const server = context.alive.get(event.id)
  if (!supervised) enqueue.emit({ type: 'server.leaving', report, options: noOptions })
  if (!supervised || supervised.id !== event.id || !server) return
  enqueue.assign({ servers: new Map(context.servers).set(report.name, { ...supervised, report }) })
  const options = supervised.entry.definition?.options ?? noOptions
  enqueue.emit({ type: 'server.reported', report, options, server })
})

const relayLog = supervisorSetup.enqueueActions(({ event, enqueue }) => {
  assertEvent(event, 'server.logged')
  const { name, message } = event
  enqueue.emit({ type: 'server.logged', name, message })
})

/** Nothing where it threw in its first step: XState keeps no whole context then. */
function contextOf(server: ActorRefFrom<typeof serverMachine>): ServerContext | undefined {
  const { context } = server.getSnapshot()
  const known: Partial<ServerContext> = context
  return known.open === undefined ? undefined : context
}

function orphanKey(actorId: string, generation: number): string {
  return `${actorId}/${generation}`
}

/** It may have broken on the news that a call went out: of none is it sure that nothing was done. */
function abandonCalls(broken: ServerContext, reason: string): void {
  for (const { caller } of broken.calls.values()) {
    caller.send(callEnded(broken, abandoned(broken.entry.name, true, reason)))
  }
}

const giveUp = (supervised: Supervised, broken: ActorRefFrom<typeof serverMachine>, reason: string) =>
  supervisorSetup.enqueueActions(({ context, enqueue }) => {
    const { entry } = supervised
    const report: ServerReport = {
      ...supervised.report,
      ...{
        state: 'failed',
        since: context.now(),
        lastError: reason,
        stderr: undefined,
        nextAttemptAt: undefined,
        signInUrl: undefined,
        pid: undefined,
      },
    }
    enqueue.assign({ servers: new Map(context.servers).set(entry.name, { ...supervised, report }) })
    const options = entry.definition?.options ?? noOptions
    enqueue.emit({ type: 'server.reported', report, options, server: broken })
  })

/**
 * A server actor threw: a bug of ours, not a lost server. XState orphans its children, so its connections are told to
 * close here; its calls hear their end; and it is started again while its budget lasts.
 */
const contain = (restart: boolean) =>
  supervisorSetup.enqueueActions(({ context, event, enqueue }) => {
    if (!('error' in event)) return
    const broken = context.alive.get(event.actorId)
    if (!broken) return
    const at = contextOf(broken)
    const reason = `the actor of this server broke: ${messageOf(event.error)}`
    const { children } = broken.getSnapshot()
    const left = [...(at?.open ?? [])].flatMap((generation) => {
      const connection = children[connectionId(generation)]
      // One that broke itself never tells that it has closed.
      return connection?.getSnapshot().status === 'active' ? [{ generation, connection }] : []
    })
    enqueue.stopChild(event.actorId)
    enqueue.assign({
      alive: without(context.alive, event.actorId),
      orphans: new Set([
        ...context.orphans,
        ...left.map(({ generation }) => orphanKey(event.actorId, generation)),
      ]),
    })
    enqueue(() => {
      for (const { connection } of left) {
        // Where the bug came before it had begun: it has to, for its end to be told.
        connection.start()
        connection.send({ type: 'close' })
      }
    })
    const supervised = [...context.servers.values()].find(({ id }) => id === event.actorId)
    if (supervised && restart) {
      const { entry } = supervised
      const report = { ...supervised.report, generation: at?.generation ?? supervised.report.generation }
      const { restarts, allowed } = spendRestart(supervised.restarts, context.now())
      if (allowed) enqueue(spawnServer(entry, restarts, report))
      else enqueue(giveUp({ ...supervised, report }, broken, reason))
    }
    if (!at) return
    enqueue(() => {
      abandonCalls(at, reason)
      endReads(at, reason)
    })
  })

const buryOrphan = supervisorSetup.assign(({ context, event }) => {
  assertEvent(event, 'connection.closed')
  const gone = orphanKey(event.id, event.generation)
  return { orphans: new Set([...context.orphans].filter((one) => one !== gone)) }
})

/** One whose actor broke too often has none: it gets a new one, and a new budget. */
const restart = supervisorSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'server.restart')
  const supervised = context.servers.get(event.name)
  if (!supervised) return
  const server = context.alive.get(supervised.id)
  if (server) enqueue(() => server.send({ type: 'restart' }))
  else enqueue(spawnServer(supervised.entry, [], supervised.report))
})

const renew = supervisorSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'server.renew')
  const supervised = context.servers.get(event.name)
  if (supervised) enqueue(() => context.alive.get(supervised.id)?.send({ type: 'credentials.renewed' }))
})

const forget = supervisorSetup.enqueueActions(({ context, event, enqueue }) => {
  if (!('actorId' in event)) return
  enqueue.stopChild(event.actorId)
  enqueue.assign({ alive: without(context.alive, event.actorId) })
})

const closeAll = supervisorSetup.enqueueActions(({ context, enqueue }) => {
  for (const server of context.alive.values()) enqueue.sendTo(server, { type: 'close' })
})

/**
 * The parent of the server actors, one for one: a bug in one restarts that one, within a budget (Erlang/OTP `supervisor`).
 *
 * Told: whoever listens to `server.reported`, `server.logged` and `server.removed`. Cleaned up: it ends only when every server has closed.
 */
export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  context: ({ input }) => ({
    ...input,
    servers: new Map(),
    alive: new Map(),
    orphans: new Set(),
    started: 0,
    lastGenerations: new Map(),
  }),
  initial: 'running',
  on: {
    'server.changed': { actions: relay },
    'server.logged': { actions: relayLog },
    'connection.closed': { actions: buryOrphan },
    'xstate.done.actor.*': { actions: forget },
  },
  states: {
    running: {
      on: {
        'servers.configure': { actions: configure },
        'server.restart': { actions: restart },
        'server.renew': { actions: renew },
        'xstate.error.actor.*': { actions: contain(true) },
        stop: { target: 'stopping' },
      },
    },
    stopping: {
      entry: closeAll,
      always: { guard: 'isAlone', target: 'stopped' },
      on: { 'xstate.error.actor.*': { actions: contain(false) } },
    },
    stopped: { type: 'final' },
  },
})
