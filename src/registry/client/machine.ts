import { assign, emit, enqueueActions, fromCallback, setup } from 'xstate'
import { backOffMs } from '../../machines/back-off.ts'
import type { AgentServers } from '../agent-wire.ts'

/** From the link to the registry. */
export type LinkEvent =
  | { type: 'link.copied'; copy: AgentServers }
  /** A sign of life. */
  | { type: 'link.heard' }
  | { type: 'link.lost'; reason: string }

export interface UserServersInput {
  /** In [0, 1). */
  random: () => number
}

export interface UserServersContext extends UserServersInput {
  /** What the registry said last, while it may be used. */
  copy: AgentServers | undefined
  /** Why the link was lost last; for developers. */
  reason: string | undefined
  /** Links that were lost since one brought a copy. */
  attempt: number
}

const backOff = { minBackOffMs: 250, maxBackOffMs: 10_000 }
/** What a registry may ask for. */
const minLifetimeMs = 1_000
const maxLifetimeMs = 600_000

/**
 * What an agent knows of its caller's servers.
 *
 * Retried: the link, for ever, with a growing pause. Dropped: the copy, `lifetimeMs` after the registry was last heard. Told:
 * whoever listens to `changed`. Cleaned up: the link, with the machine.
 */
export const userServersMachine = setup({
  types: {
    context: {} as UserServersContext,
    input: {} as UserServersInput,
    events: {} as LinkEvent | { type: 'copy.expired' },
    emitted: {} as { type: 'changed' } | { type: 'lost'; reason: string },
  },
  actors: {
    link: fromCallback<LinkEvent>(() => {
      throw new Error('no link; provide one: userServersMachine.provide({ actors: { link } })')
    }),
  },
  delays: {
    backOff: ({ context }) => backOffMs(context.attempt, backOff, context.random(), 0),
    lifetime: ({ context }) => {
      const askedMs = context.copy?.lifetimeMs ?? minLifetimeMs
      return Math.min(maxLifetimeMs, Math.max(minLifetimeMs, askedMs))
    },
  },
  actions: {
    take: enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'link.copied') return
      enqueue.assign({ copy: event.copy, reason: undefined })
      enqueue.emit({ type: 'changed' })
    }),
    drop: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ copy: undefined, reason: context.reason ?? 'the registry fell silent' })
      enqueue.emit({ type: 'changed' })
      // A link that is open and says nothing is none.
      enqueue.raise({ type: 'copy.expired' })
    }),
  },
}).createMachine({
  id: 'userServers',
  context: ({ input }) => ({ ...input, copy: undefined, reason: undefined, attempt: 0 }),
  type: 'parallel',
  states: {
    link: {
      initial: 'open',
      states: {
        open: {
          invoke: { src: 'link' },
          on: {
            'link.copied': { actions: assign({ attempt: 0 }) },
            'link.lost': {
              target: 'waiting',
              actions: [
                assign(({ context, event }) => ({ reason: event.reason, attempt: context.attempt + 1 })),
                emit(({ event }) => ({ type: 'lost', reason: event.reason })),
                emit({ type: 'changed' }),
              ],
            },
            'copy.expired': { target: 'waiting' },
          },
        },
        waiting: { after: { backOff: 'open' } },
      },
    },
    copy: {
      initial: 'none',
      states: {
        none: { on: { 'link.copied': { target: 'fresh', actions: 'take' } } },
        fresh: {
          after: { lifetime: { target: 'none', actions: 'drop' } },
          on: {
            'link.copied': { target: 'fresh', reenter: true, actions: 'take' },
            'link.heard': { target: 'fresh', reenter: true },
          },
        },
      },
    },
  },
})
