import { setup } from 'xstate'

/** How long each part of a worker's end may take; together they are its longest end. */
export interface WorkerTimes {
  /** What calls get to come to their own end. */
  drainMs: number
  /** What processes get to close their calls and servers. */
  closeMs: number
  /** What becomes of killed processes, and of what they had started, until nobody waits for it any more. */
  killMs: number
}

export type WorkerEvent =
  /** Asked for once, calls may end first; asked for again, nothing is waited for. */
  | { type: 'end' }
  /** The connection to LiveKit is given up. */
  | { type: 'server.failed' }
  | { type: 'jobs.over' }
  /** No process of its own is left, nor any that those have started. */
  | { type: 'processes.gone' }

function notProvided(action: string): () => void {
  return () => {
    throw new Error(`no action ${action}; provide one: workerMachine.provide({ actions: { ${action} } })`)
  }
}

/** The end of a worker: whatever the framework and its processes do or fail to do, it comes in time. */
export const workerMachine = setup({
  types: { context: {} as WorkerTimes, input: {} as WorkerTimes, events: {} as WorkerEvent },
  actions: {
    /** Takes no more jobs, and tells when none is left. */
    drain: notProvided('drain'),
    /** Asks all processes to end, and tells when they are gone. */
    close: notProvided('close'),
    kill: notProvided('kill'),
  },
  delays: {
    drainMs: ({ context }) => context.drainMs,
    closeMs: ({ context }) => context.closeMs,
    killMs: ({ context }) => context.killMs,
  },
}).createMachine({
  id: 'worker',
  context: ({ input }) => input,
  initial: 'running',
  states: {
    running: { on: { end: 'draining', 'server.failed': 'closing' } },
    draining: {
      entry: 'drain',
      on: { 'jobs.over': 'closing', 'server.failed': 'closing', end: 'killing' },
      after: { drainMs: 'closing' },
    },
    closing: {
      entry: 'close',
      on: { 'processes.gone': 'ended', end: 'killing' },
      after: { closeMs: 'killing' },
    },
    killing: {
      entry: 'kill',
      on: { 'processes.gone': 'ended' },
      after: { killMs: 'ended' },
    },
    ended: { type: 'final' },
  },
})
