import { randomUUID } from 'node:crypto'
import type { ActorOptions, AnyActorLogic, InspectionEvent } from 'xstate'
import { createConnection } from '../actors/connection.ts'
import { Disturbances } from '../actors/disturbances.ts'
import { clearPatientTimeout, setPatientTimeout } from '../actors/patient-timer.ts'
import { conversationMachine } from '../machines/conversation.ts'
import { serverMachine } from '../machines/server.ts'
import { supervisorMachine } from '../machines/supervisor.ts'
import type { Telemetry } from './telemetry.ts'
import type { Witness } from './witness.ts'

/** Everything of the world that the machines get: with the same one, they decide the same. */
export interface Dependencies {
  /** Epoch milliseconds. */
  now: () => number
  /** In [0, 1). */
  random: () => number
  /** For calls and conversations. */
  newId: () => string
  /** Of every delay. */
  clock: NonNullable<ActorOptions<AnyActorLogic>['clock']>
  /** All that touches a server; one actor a generation. */
  connection: ReturnType<typeof createConnection>
  server: typeof serverMachine
  conversation: typeof conversationMachine
  /** Hears every event and snapshot of every actor. */
  inspect?: (event: InspectionEvent) => void
  /** What `connection` obeys; absent where it cannot be harmed from outside. */
  disturbances?: Disturbances
  /** For recordings. */
  witness?: Witness
  /** Absent where nothing is measured. */
  telemetry?: Telemetry
}

export function productionDependencies(
  server: typeof serverMachine = serverMachine,
  telemetry?: Telemetry,
): Dependencies {
  const disturbances = new Disturbances()
  return {
    now: Date.now,
    random: Math.random,
    newId: randomUUID,
    clock: { setTimeout: setPatientTimeout, clearTimeout: clearPatientTimeout },
    connection: createConnection(disturbances, telemetry?.clientOf),
    disturbances,
    server,
    conversation: conversationMachine,
    ...(telemetry === undefined ? {} : { telemetry }),
  }
}

/** The supervisor with its servers, and they with their connections. */
export function supervisorOf({ server, connection }: Dependencies): typeof supervisorMachine {
  return supervisorMachine.provide({ actors: { server: server.provide({ actors: { connection } }) } })
}
