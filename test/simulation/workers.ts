import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Mode } from './plan.ts'
import { type Tally, tallyOf } from './tally.ts'

/** Most of what is made dies young: fewer collections. */
const execArgv = ['--max-semi-space-size=64']

export interface Job {
  seed: number
  mode: Mode
}

/** Does the jobs in processes of their own, one for each core. Ends early, and leaves none, when `signal` aborts. */
export async function runAll(
  jobs: readonly Job[],
  onTally: (tally: Tally) => void,
  signal: AbortSignal,
): Promise<void> {
  const left = jobs.values()
  const work = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const worker = fork(process.argv[1] ?? '', ['--worker'], { execArgv })
      const stop = () => worker.kill()
      signal.addEventListener('abort', stop, { once: true })
      const next = () => {
        const { value: job } = left.next()
        if (job) worker.send(job)
        else worker.disconnect()
      }
      worker.on('message', (tally: Tally) => {
        onTally(tally)
        next()
      })
      worker.on('exit', (code) => {
        signal.removeEventListener('abort', stop)
        if (code === 0 || signal.aborted) resolve()
        else reject(new Error(`a worker ended with code ${code}`))
      })
      next()
    })
  const others = new AbortController()
  const cores = Math.min(availableParallelism(), jobs.length)
  await Promise.all(
    Array.from({ length: cores }, () => work(AbortSignal.any([signal, others.signal]))),
  ).finally(() => others.abort())
}

/** The other side: one job after the other, until the parent has no more. */
export function serveJobs(): void {
  process.on('message', async ({ seed, mode }: Job) => {
    process.send?.(await tallyOf(seed, mode))
  })
}
