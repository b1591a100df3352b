import type { AnyActorRef } from 'xstate'
import type { Dependencies } from '../../src/dependencies.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { type ConnectionWorld, simulatedConnection } from './connection.ts'

/** The machines of production; a planted bug is another one in the place of one of them. */
export interface Machines {
  server: typeof serverMachine
  call: typeof callMachine
  conversation: typeof conversationMachine
}

export const productionMachines: Machines = {
  server: serverMachine,
  call: callMachine,
  conversation: conversationMachine,
}

/** Throws where an actor is to have a bug now. */
export interface Bugs {
  inServer: (name: string) => void
  inCall: () => void
}

/** The machines with simulated connections, and with places where an actor can throw. */
export function machinesOf(
  { server, call, conversation }: Machines,
  world: ConnectionWorld,
  bugs: Bugs,
): Pick<Dependencies, 'connection' | 'server' | 'conversation'> {
  const { isCurrent } = server.implementations.guards ?? {}
  const { isOfThisAttempt, isAnother } = call.implementations.guards ?? {}
  if (!isCurrent || !isOfThisAttempt || !isAnother)
    throw new Error('the machines have no such guards any more')
  const fragileServer = server.provide({
    guards: {
      isCurrent: (args) => {
        bugs.inServer(args.context.entry.name)
        return isCurrent(args, undefined)
      },
    },
  })
  const fragileCall = call.provide({
    guards: {
      isOfThisAttempt: (args) => {
        bugs.inCall()
        return isOfThisAttempt(args, undefined)
      },
      isAnother: (args) => {
        bugs.inCall()
        return isAnother(args, undefined)
      },
    },
  })
  return {
    connection: simulatedConnection(world),
    server: fragileServer,
    conversation: conversation.provide({ actors: { call: fragileCall } }),
  }
}

/** What an actor knows, to see whether an event changed it. */
export function memoryOf(actor: AnyActorRef | undefined): { context: unknown; value: string } {
  const snapshot: { context?: unknown; value?: unknown } = actor?.getSnapshot() ?? {}
  return { context: snapshot.context, value: JSON.stringify(snapshot.value) }
}
