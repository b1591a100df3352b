import type { ServerStatus } from '../../contract/protocol.ts'
import { toolStatus } from '../../machines/tool-status.ts'
import type { Scope } from '../../proxy/client.ts'
import type { Switchboard } from '../../switchboard.ts'
import { nearest } from '../../text/nearest.ts'

type Scopes = Readonly<Record<string, Scope>>

/** Servers that a client names and the configuration does not, one line each. */
export function unknownServers(clients: Scopes, names: readonly string[]): string[] {
  return Object.entries(clients).flatMap(([client, { servers = [] }]) =>
    servers
      .filter((name) => !names.includes(name))
      .map(
        (name) => `the client "${client}" names a server "${name}", which is not there${meant(name, names)}`,
      ),
  )
}

/** Functions that a client names and none of its servers lists, one line each. Of use once all servers have listed theirs. */
export function unknownFunctions(clients: Scopes, servers: readonly ServerStatus[]): string[] {
  return Object.entries(clients).flatMap(([client, { servers: seen, functions = [] }]) => {
    const visible = servers.filter(({ name }) => seen?.includes(name) ?? true)
    const known = [toolStatus.name, ...visible.flatMap((server) => server.functions)]
    return functions
      .filter((name) => !known.includes(name))
      .map(
        (name) =>
          `the client "${client}" names a function "${name}", which none of its servers lists${meant(name, known)}`,
      )
  })
}

/** Once no server is to be waited for any more, `warn` hears of functions that nobody has. */
export function watchFunctions(
  switchboard: Switchboard,
  clients: Scopes,
  warn: (text: string) => void,
): void {
  const stop = switchboard.subscribe(({ type }) => {
    if (type !== 'server.changed' && type !== 'functions.changed') return
    if (switchboard.servers.some(({ listed, state }) => !listed && state !== 'failed')) return
    stop()
    for (const text of unknownFunctions(clients, switchboard.servers)) warn(text)
  })
}

function meant(name: string, known: readonly string[]): string {
  return nearest(name, known) || '; correct the name, or leave it out'
}
