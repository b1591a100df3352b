import { onTestFinished, test } from 'vitest'
import type { InspectionEvent } from 'xstate'
import { ScriptedServer } from '../scripted-server.ts'

export type Inspect = (event: InspectionEvent) => void

/** Defines tests of a server each, which is stopped when its test ends. */
export function serverTest(inspect: Inspect) {
  return (name: string, work: (server: ScriptedServer) => void): void =>
    test(name, () => {
      const server = new ScriptedServer(inspect)
      onTestFinished(() => void server.actor.stop())
      work(server)
    })
}
