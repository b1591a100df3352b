import type { InspectionEvent } from 'xstate'
import { connection } from './actors/connection.ts'
import { serverMachine } from './machines/server.ts'
import { supervisorMachine } from './machines/supervisor.ts'

/** What the composition root puts into the machines; tests put in other ones. */
export interface Dependencies {
  now: () => number
  random: () => number
  supervisor: typeof supervisorMachine
  /** Hears every event and snapshot of every actor. */
  inspect?: (event: InspectionEvent) => void
}

export function productionDependencies(server: typeof serverMachine = serverMachine): Dependencies {
  return {
    now: Date.now,
    random: Math.random,
    supervisor: supervisorMachine.provide({
      actors: { server: server.provide({ actors: { connection: connection } }) },
    }),
  }
}
