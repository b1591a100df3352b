import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import type { Dependencies } from '../../src/switchboard/dependencies.ts'
import type { Actors } from './actors.ts'
import type { Bugs } from './bugs.ts'
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

/** The machines with simulated connections, and with places where an actor can throw. */
export function machinesOf(
  { server, call, conversation }: Machines,
  world: ConnectionWorld,
  bugs: Bugs,
  actors: Actors,
): Pick<Dependencies, 'connection' | 'server' | 'conversation'> {
  return {
    connection: simulatedConnection(world),
    server: fragileServer(server, bugs),
    conversation: conversation.provide({ actors: { call: fragileCall(call, bugs, actors) } }),
  }
}

function fragileServer(server: Machines['server'], bugs: Bugs): Machines['server'] {
  const { isCurrent } = server.implementations.guards
  if (!isCurrent) throw new Error('the server machine has another guard now')
  return server.provide({
    guards: {
      isCurrent: (args) => {
        const is = isCurrent(args, undefined)
        if (is) bugs.inServer(args.context.entry.name)
        return is
      },
    },
  })
}

function fragileCall(call: Machines['call'], bugs: Bugs, actors: Actors): Machines['call'] {
  const { guards, delays, actions } = call.implementations
  const { isOfThisAttempt, isAnother } = guards
  const { deadline, patience } = delays
  const { report, extendAtServer, cancelAtServer } = actions
  if (!isOfThisAttempt || !isAnother || typeof deadline !== 'function' || typeof patience !== 'function')
    throw new Error('the call machine has other guards or delays now')
  if (!report || !extendAtServer || !cancelAtServer) throw new Error('the call machine has other actions now')
  return call.provide({
    guards: {
      isOfThisAttempt: (args) => {
        bugs.inCall('bug in call actor')
        return isOfThisAttempt(args, undefined)
      },
      isAnother: (args) => {
        bugs.inCall('bug in call actor')
        return isAnother(args, undefined)
      },
    },
    delays: {
      deadline: (args) => {
        actors.directories.add(args.context.input.directory)
        if (actors.see(args.self)) bugs.inCall('bug in call start')
        return deadline(args, undefined)
      },
      patience: (args) => {
        const {
          input: { now, policy },
          patienceEndsAt = 0,
        } = args.context
        const hasWaited = patienceEndsAt - now() < policy.patienceMs
        if (hasWaited) bugs.inCall('bug in waiting call')
        return patience(args, undefined)
      },
    },
    actions: {
      extendAtServer: (args) => {
        bugs.inCall('bug in call action')
        extendAtServer(args, undefined)
      },
      cancelAtServer: (args, params) => {
        bugs.inCall('bug in call action')
        cancelAtServer(args, params)
      },
      report: (args) => bugs.around('bug in call report', () => report(args, undefined)),
    },
  })
}
