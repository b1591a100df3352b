import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { until } from '../support/until.ts'

const noteSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('began'), pid: z.number() }),
  z.object({
    ...{ event: z.literal('outcome'), name: z.string(), ok: z.boolean() },
    ...{ amount: z.number().optional(), server: z.string().optional() },
    ...{ code: z.string().optional(), effect: z.string().optional() },
  }),
])
export type CallOutcome = Extract<z.infer<typeof noteSchema>, { event: 'outcome' }>

const callsOfJob = 100_000
let jobs = 0

/** A job that a worker has taken, and what its process (`calling-agent.mjs`) notes. Its amounts are no other job's. */
export class VoiceJob {
  readonly #directory = mkdtempSync(join(tmpdir(), 'switchboard-job-'))
  readonly #first = ++jobs * callsOfJob

  private constructor(readonly id: string) {
    onTestFinished(() => rmSync(this.#directory, { recursive: true, force: true }))
  }

  /** LiveKit gives it to this worker. Resolves once it has made a call. */
  static async dispatch(livekit: LiveKitStandIn, id: string, to: string): Promise<VoiceJob> {
    const job = new VoiceJob(id)
    const metadata = JSON.stringify({ directory: job.#directory, first: job.#first })
    const { available } = await livekit.offer(id, { to, metadata })
    if (!available) throw new Error(`${to} does not take ${id}`)
    await job.untilItCalls()
    return job
  }

  get pid(): number {
    const [pid = 0] = this.#notes.flatMap((note) => (note.event === 'began' ? note.pid : []))
    return pid
  }

  get outcomes(): CallOutcome[] {
    return this.#notes.flatMap((note) => (note.event === 'outcome' ? [note] : []))
  }

  owns(amount: unknown): boolean {
    return typeof amount === 'number' && Math.floor(amount / callsOfJob) * callsOfJob === this.#first
  }

  /** Two more calls of each function: the second of them began after this was asked. */
  async untilItCalls(only?: string): Promise<void> {
    const before = this.outcomes.length
    const more = () => this.outcomes.slice(before).filter(({ name }) => only === undefined || name === only)
    await until(() => more().length >= 4, `${this.id} calls`, 60_000)
  }

  /** Its next call lasts until its server releases it. */
  hold(): void {
    this.#tell('hold')
  }

  end(): void {
    this.#tell('over')
  }

  #tell(what: 'hold' | 'over'): void {
    writeFileSync(join(this.#directory, `${this.id}.${what}`), '')
  }

  get #notes(): z.infer<typeof noteSchema>[] {
    const file = join(this.#directory, `${this.id}.jsonl`)
    if (!existsSync(file)) return []
    const text = readFileSync(file, 'utf8')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => noteSchema.parse(JSON.parse(line)))
  }
}
