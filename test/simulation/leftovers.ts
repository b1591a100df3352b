import type { Actors } from './actors.ts'
import type { SimulatedServer } from './server.ts'
import type { World } from './world.ts'

/** What is still there when everything has stopped. */
export function leftovers(world: World, servers: readonly SimulatedServer[], actors: Actors): string[] {
  const connections = servers.flatMap((server) => [...server.connections])
  const directories = [...actors.directories]
  const entries = new Set(directories.flatMap((directory) => directory.entries()))
  const counts = {
    'connections are open': connections.length,
    'timers of the switchboard are set': world.timers,
    'actors are alive': actors.alive.length,
    'listeners are in directories': sum(directories.map(({ listeners }) => listeners)),
    'places are taken at servers': sum([...entries].map(({ inFlight }) => inFlight.size)),
    'calls count as open': sum(directories.map(({ openCalls }) => openCalls)),
  }
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
