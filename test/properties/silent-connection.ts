import { fromCallback } from 'xstate'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import type { ConnectionCommand, ConnectionEvent, ConnectionInput } from '../../src/contract/connection.ts'

/** One connection that does nothing of itself: a test says what comes from it. */
export interface SilentConnection {
  input: ConnectionInput
  say(event: ConnectionEvent): void
  /** The next command that it gets throws. */
  isBroken: boolean
  isClosing: boolean
  isClosed: boolean
}

/** The logic of an actor, and the connections that it has been. `connections` is what grows. */
export function silentConnections(connections: SilentConnection[]) {
  return fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive }) => {
    let isStopped = false
    const one: SilentConnection = {
      input,
      say: (event) => {
        if (!isStopped && one.isClosing === (event.type === 'connection.closed')) sendBack(event)
      },
      isBroken: false,
      isClosing: false,
      isClosed: false,
    }
    connections.push(one)
    receive(({ type }) => {
      if (type === 'close') one.isClosing = true
      if (!one.isBroken) return
      one.isBroken = false
      isStopped = true
      throw new Error('a bug in a connection')
    })
    return () => {
      isStopped = true
    }
  })
}

/** Once it was told to, as the real one does it: the actor hears of it, and whoever outlives the actor. */
export function close(one: SilentConnection): void {
  if (!one.isClosing || one.isClosed) return
  one.isClosed = true
  one.say({ type: 'connection.closed', generation: one.input.generation })
  one.input.onClosed()
}

export function definitionOf(name: string, command = 'unused') {
  const target = new SealedTarget({ kind: 'stdio', command, args: [], env: {} })
  return { name, target, options: serverOptionsSchema.parse({}) }
}
