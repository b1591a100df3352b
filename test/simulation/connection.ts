import { type AnyActorRef, fromCallback } from 'xstate'
import type { ConnectionCommand, ConnectionEvent, ConnectionInput } from '../../src/contract/connection.ts'
import type { SimulatedServer } from './server.ts'
import { SimulatedConnection } from './simulated-connection.ts'

/** Each of a connection's events passes here on its way to `owner`, which has left the connection where it `isLeft`. */
export type Tap = (
  server: string,
  event: ConnectionEvent,
  owner: AnyActorRef,
  isLeft: boolean,
  deliver: () => void,
) => void

export interface ConnectionWorld {
  serverNamed: (name: string) => SimulatedServer
  /** A server actor opens a connection. */
  opened: (owner: AnyActorRef) => void
  tap: Tap
}

/** The actor logic of a simulated connection: the contract of `src/contract/connection.ts`, with no process and no socket. */
export function simulatedConnection({ serverNamed, opened, tap }: ConnectionWorld) {
  return fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive, self }) => {
    const owner = self._parent
    if (!owner) throw new Error('a connection without a server actor')
    opened(owner)
    const server = serverNamed(input.definition.name)
    if (server.suffers('bug in connection')) throw new Error('a bug in the connection')
    const connection = new SimulatedConnection(input, server, owner, (event) =>
      tap(server.name, event, owner, connection.isLeft, () => sendBack(event)),
    )
    receive((command) => connection.handle(command))
    connection.open()
    return () => connection.close()
  })
}
