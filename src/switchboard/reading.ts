import type { z } from 'zod'
import { callError } from '../contract/errors.ts'
import { longestTimerMs, type Policy } from '../contract/policy.ts'
import type { CallError } from '../contract/protocol.ts'
import {
  type ReadEnd,
  type ReadOptions,
  type ReadOutcome,
  type ReadRequest,
  readRequestSchema,
} from '../contract/reads.ts'
import { type Directory, isCallable } from '../machines/directory.ts'
import { unreadable } from '../machines/routing.ts'
import { nearest } from '../text/nearest.ts'
import type { Dependencies } from './dependencies.ts'
import { perform } from './witness.ts'

export const notRunning = 'The switchboard is not running; call start() first.'

export interface ReadingParts {
  /** Of the servers that may be asked. */
  directory: Directory
  policy: Policy
  dependencies: Dependencies
  /** Why nothing can be read now, if nothing can. */
  closed: string | undefined
}

/** Never rejects. What cannot be read at once is not waited for. */
export async function readFrom(
  { directory, policy, dependencies, closed }: ReadingParts,
  server: string,
  request: ReadRequest,
  { signal, timeoutMs }: ReadOptions,
): Promise<ReadOutcome> {
  const { now, newId, witness } = dependencies
  const startedAt = now()
  const outcome = (end: ReadEnd): ReadOutcome => ({ ...end, server, durationMs: now() - startedAt })
  const refused = (error: CallError) => outcome({ ok: false, error })
  if (closed !== undefined) return refused(callError('server_unavailable', 'none', closed))
  if (signal?.aborted) return refused(callError('cancelled', 'none', `Reading from ${server} was cancelled.`))
  if (Number.isNaN(timeoutMs)) {
    const happened = `Nothing was read from ${server}: timeoutMs is not a number.`
    return refused(callError('invalid_arguments', 'none', happened))
  }
  // From plain JavaScript it may be anything.
  const parsed = readRequestSchema.safeParse(request)
  if (!parsed.success) {
    const happened = `Nothing was read from ${server}: ${mistakeIn(parsed.error)}.`
    return refused(callError('invalid_arguments', 'none', happened))
  }
  const found = directory.find(server)
  if (!found) {
    const hint = nearest(
      server,
      directory.entries().map(({ report }) => report.name),
    )
    return refused(callError('server_failed', 'none', `No server is named ${server}${hint || '.'}`))
  }
  const { entry, owner } = found
  if (!isCallable(entry.report.state)) return refused(unreadable(entry, now()))
  const limitMs = timeoutMs ?? entry.options.callTimeoutMs ?? policy.callTimeoutMs
  const whole = { request: parsed.data, timeoutMs: Math.min(Math.max(limitMs, 0), longestTimerMs) }
  const read = { directory: owner, name: server, readId: newId() }
  const cancel = () =>
    perform(witness, { type: 'server.read.cancel', ...read }, () =>
      entry.server.send({ type: 'read.cancel', readId: read.readId }),
    )
  const end = await new Promise<ReadEnd>((resolve) => {
    signal?.addEventListener('abort', cancel, { once: true })
    const reader = { send: (news: { end: ReadEnd }) => resolve(news.end) }
    perform(witness, { type: 'server.read', ...read, ...whole }, () =>
      entry.server.send({ type: 'read.start', readId: read.readId, ...whole, reader }),
    )
  })
  signal?.removeEventListener('abort', cancel)
  return outcome(end)
}

function mistakeIn({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join('.') ?? ''
  if (path !== '' && path !== 'method') return `${path}: ${issue?.message}`
  const methods = readRequestSchema.options.map(({ shape }) => shape.method.value)
  return `its request has no known method; there is ${methods.join(', ')}`
}
