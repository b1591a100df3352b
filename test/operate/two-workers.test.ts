import { expect, onTestFinished, test } from 'vitest'
import { startPostgres } from '../registry/support.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { costOf } from './cost.ts'
import { type Replica, startFleet } from './fleet.ts'
import { tell } from './steps.ts'
import { VoiceJob } from './voice-job.ts'

/** The held call of a job, once a server runs it. */
async function untilHeld(job: VoiceJob, replicas: readonly Replica[]) {
  job.hold()
  return until(() => {
    for (const replica of replicas) {
      const note = replica.server.ledger.find(
        ({ event, arguments: args }) =>
          event === 'start' && args?.until !== undefined && job.owns(args.amount),
      )
      if (note) return { replica, amount: Number(note.arguments?.amount) }
    }
    return undefined
  }, `a server runs the held call of ${job.id}`)
}

test('two workers, one PostgreSQL: what is killed loses its own call and no other, and no tool runs twice', async ({
  skip,
}) => {
  const postgres = await startPostgres()
  if (typeof postgres === 'string') {
    console.log(postgres)
    return skip()
  }
  onTestFinished(() => postgres.close())
  tell('starting PostgreSQL, a registry, two replicas of a server, a proxy in front of them, two workers')
  const { livekit, registry, replicas, ownServer, proxy, workers } = await startFleet(postgres, [2, 1])
  const [one, two] = workers
  if (!one || !two) throw new Error('no workers')

  const dispatch = (id: string, { name }: { name: string }) => VoiceJob.dispatch(livekit, id, name)
  const [a, b, c] = await Promise.all([
    dispatch('call-a', one),
    dispatch('call-b', one),
    dispatch('call-c', two),
  ])
  tell(`calls a and b run on worker 1, call c on worker 2; the process of call c: ${costOf(c.pid)}`)

  const heldByA = await untilHeld(a, replicas)
  killQuietly(a.pid, 'SIGKILL')
  tell('the process of call a is killed while a server runs its charge')
  await Promise.all([b.untilItCalls(), c.untilItCalls()])
  tell('calls b and c go on')

  const heldByB = await untilHeld(b, replicas)
  one.worker.descendants()
  killQuietly(one.worker.pid, 'SIGKILL')
  killQuietly(b.pid, 'SIGKILL')
  tell('worker 1 and the process of call b are killed while a server runs its charge')
  await c.untilItCalls()
  await until(() => one.worker.left.length === 0, 'nothing of worker 1 is left', 10_000)
  const d = await dispatch('call-d', two)
  tell('call c goes on, nothing of worker 1 is left, and call d comes to worker 2')

  const heldByC = await untilHeld(c, replicas)
  await heldByC.replica.process.kill()
  tell('the replica that runs a charge of call c is killed')
  await Promise.all([c.untilItCalls('charge'), d.untilItCalls('charge')])
  tell('the next calls go to the other replica')
  const [other] = replicas.filter((replica) => replica !== heldByC.replica)
  const sessions = () => heldByC.replica.server.journal.filter(({ event }) => event === 'session').length
  const earlier = sessions()
  heldByC.replica.process = await heldByC.replica.server.startHttp(heldByC.replica.process.port)
  await until(() => sessions() > earlier, 'the proxy is there again')
  await other?.process.kill()
  await Promise.all([c.untilItCalls('charge'), d.untilItCalls('charge')])
  tell('it is started again, the other one is killed, and the next calls go to the one that is back')

  await registry.kill()
  await Promise.all([c.untilItCalls('look'), d.untilItCalls('look')])
  tell("the registry is killed: calls at the callers' own server go on")

  for (const job of [c, d]) job.end()
  await until(() => !isAlive(c.pid) && !isAlive(d.pid), 'both calls have ended')
  expect(await two.worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  expect((await proxy.end()).code).toBe(0)
  tell('worker 2 and the proxy end on SIGTERM, and leave no process')

  // What ran, by the servers' own word, beside what was told.
  const started = replicas
    .flatMap(({ server }) => server.ledger)
    .flatMap(({ event, arguments: args }) => (event === 'start' ? [Number(args?.amount)] : []))
  const outcomes = [a, b, c, d].flatMap((job) => job.outcomes)
  const charges = outcomes.filter(({ name }) => name === 'charge')
  const told = charges.flatMap(({ amount }) => amount ?? [])
  const failed = charges.filter(({ ok }) => !ok)
  const lost = started.filter((amount) => !told.includes(amount))
  expect(lost.toSorted()).toEqual([heldByA.amount, heldByB.amount])
  expect(started).toHaveLength(new Set(started).size)
  expect(charges.filter(({ ok, amount = 0 }) => ok && !started.includes(amount))).toEqual([])
  expect(failed.map(({ amount }) => amount)).toContain(heldByC.amount)
  expect(failed.filter(({ code, effect }) => code !== 'connection_lost' || effect !== 'unknown')).toEqual([])
  // Whoever had a call at a replica that was killed, and nobody else.
  expect(failed.length).toBeLessThanOrEqual(4)
  const looks = outcomes.filter(({ name }) => name === 'look')
  expect(looks.filter(({ ok }) => !ok)).toEqual([])
  expect(ownServer.runs('look').started).toBe(looks.length)
  tell(
    `${outcomes.length} calls: ${lost.length} lost with their processes, ${failed.length} with their replicas`,
  )
}, 180_000)
