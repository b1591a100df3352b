import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import type { ServerEntry } from '../../src/config/definition.ts'
import type { ConnectionEvent } from '../../src/contract/connection.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import type { ServerReport } from '../../src/machines/directory.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'
import { connectionEvent, pauseMs } from './events.ts'
import { close, definitionOf, type SilentConnection, silentConnections } from './silent-connection.ts'

type Step =
  | { do: 'configure'; entries: ServerEntry[] }
  | { do: 'restart'; name: string }
  | { do: 'say'; which: number; event: ConnectionEvent }
  | { do: 'wait'; ms: number }
  | { do: 'break'; which: number }
  | { do: 'close'; which: number }

const name = fc.constantFrom('bank', 'mail', '__proto__')
const entry = fc.tuple(name, fc.constantFrom('one', 'two', 'wrong')).map(([name, command]): ServerEntry => {
  if (command === 'wrong') return { name, problem: 'it is wrong' }
  return { name, definition: definitionOf(name, command) }
})
const entries = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 3 })
const which = fc.nat(4)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: entries.map((entries): Step => ({ do: 'configure', entries })) },
  name.map((name): Step => ({ do: 'restart', name })),
  {
    weight: 6,
    arbitrary: fc.tuple(which, connectionEvent).map(([which, event]): Step => ({ do: 'say', which, event })),
  },
  { weight: 2, arbitrary: pauseMs.map((ms): Step => ({ do: 'wait', ms })) },
  which.map((which): Step => ({ do: 'break', which })),
  which.map((which): Step => ({ do: 'close', which })),
)

const policy = parsePolicy({})

test('whatever servers do and however they are configured, the supervisor holds, and ends with nobody left', () => {
  fc.assert(
    fc.property(entries, fc.array(step, { maxLength: 30 }), (first, steps) => {
      const clock = new SimulatedClock()
      const connections: SilentConnection[] = []
      const server = serverMachine.provide({ actors: { connection: silentConnections(connections) } })
      const actor = createActor(supervisorMachine.provide({ actors: { server } }), {
        clock,
        input: { policy, now: () => clock.now(), random: () => 0.5 },
      })
      const generations = new Map<string, number>()
      const generationFell: ServerReport[] = []
      actor.on('server.reported', ({ report }) => {
        if (report.generation < (generations.get(report.name) ?? 0)) generationFell.push(report)
        generations.set(report.name, report.generation)
      })
      actor.start()
      actor.send({ type: 'servers.configure', entries: first })
      let configured = first

      for (const step of steps) {
        const one = 'which' in step ? connections.at(-1 - step.which) : undefined
        if (step.do === 'configure') {
          actor.send({ type: 'servers.configure', entries: step.entries })
          configured = step.entries
        } else if (step.do === 'restart') actor.send({ type: 'server.restart', name: step.name })
        else if (step.do === 'wait') clock.increment(step.ms)
        else if (one && step.do === 'say') one.say({ ...step.event, generation: one.input.generation })
        else if (one && step.do === 'break') one.isBroken = true
        else if (one) close(one)
        expect(actor.getSnapshot().status).toBe('active')
        const known = [...actor.getSnapshot().context.servers.keys()]
        expect(known.sort()).toEqual(configured.map(({ name }) => name).sort())
      }

      actor.send({ type: 'stop' })
      clock.increment(policy.drainTimeoutMs)
      for (const one of connections) close(one)
      expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'stopped' })
      expect(generationFell).toEqual([])
    }),
    { numRuns: 100 },
  )
})
