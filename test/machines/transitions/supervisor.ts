import { expect, test } from 'vitest'
import { createActor } from 'xstate'
import { parsePolicy } from '../../../src/contract/policy.ts'
import type { ServerReport } from '../../../src/machines/directory.ts'
import { serverMachine } from '../../../src/machines/server.ts'
import { supervisorMachine } from '../../../src/machines/supervisor.ts'
import { entry, type ScriptedConnection, scriptedConnection } from '../scripted-server.ts'
import type { Inspect } from './server-test.ts'

export function testSupervisor(inspect: Inspect): void {
  test('a server with a wrong entry fails', () => {
    const reports: ServerReport[] = []
    const supervisor = createActor(supervisorMachine, {
      inspect,
      input: { policy: parsePolicy({}), now: () => 0, random: () => 0 },
    }).start()
    supervisor.on('server.reported', ({ report }) => reports.push(report))
    supervisor.send({ type: 'servers.configure', entries: [{ name: 'bank', problem: 'it is wrong' }] })
    expect(reports.at(-1)).toMatchObject({ state: 'failed', lastError: 'it is wrong' })
    // Other credentials do not help it.
    supervisor.send({ type: 'server.renew', name: 'bank' })
    supervisor.send({ type: 'server.renew', name: 'nobody' })
    expect(reports).toHaveLength(3)
    supervisor.stop()
  })

  test('what a server logs is told', () => {
    const dialled: ScriptedConnection[] = []
    const logged: unknown[] = []
    const connection = scriptedConnection((one) => dialled.push(one))
    const server = serverMachine.provide({ actors: { connection } })
    const supervisor = createActor(supervisorMachine.provide({ actors: { server } }), {
      inspect,
      input: { policy: parsePolicy({}), now: () => 0, random: () => 0 },
    }).start()
    supervisor.on('server.logged', (news) => logged.push(news))
    supervisor.send({ type: 'servers.configure', entries: [entry] })
    dialled[0]?.say({ type: 'connection.logged', generation: 1, level: 'info', text: 'hello' })
    dialled[0]?.say({ type: 'connection.logged', generation: 0, level: 'info', text: 'from before' })
    expect(logged).toEqual([
      { type: 'server.logged', name: 'bank', message: { level: 'info', text: 'hello' } },
    ])
    supervisor.stop()
  })

  test('a server actor that throws while all stop is not started again, and its connection is closed', () => {
    const dialled: ScriptedConnection[] = []
    let isStopping = false
    const server = serverMachine.provide({
      actors: { connection: scriptedConnection((connection) => dialled.push(connection)) },
      actions: {
        endCalls: () => {
          if (isStopping) throw new Error('a bug')
        },
      },
    })
    const supervisor = createActor(supervisorMachine.provide({ actors: { server } }), {
      inspect,
      input: { policy: parsePolicy({}), now: () => 0, random: () => 0 },
    }).start()
    supervisor.send({ type: 'servers.configure', entries: [entry] })
    isStopping = true
    supervisor.send({ type: 'stop' })
    expect(supervisor.getSnapshot().value).toBe('stopping')
    expect(dialled.map(({ commands }) => commands)).toEqual([[{ type: 'close' }]])

    dialled[0]?.input.onClosed()
    expect(supervisor.getSnapshot()).toMatchObject({ status: 'done', value: 'stopped' })
  })
}
