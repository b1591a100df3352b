import { callError } from '../contract/errors.ts'
import { isCallable } from './directory.ts'
import { connectionId } from './server-context.ts'
import { serverSetup } from './server-setup.ts'
import { without } from './without.ts'

/** Where the server cannot be asked now, it ends at once: whoever reads can ask again, and nothing was done. */
export const startRead = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'read.start') return
  const { readId, request, timeoutMs, reader } = event
  const { entry, state, generation } = context
  if (!isCallable(state)) {
    const error = callError('server_unavailable', 'none', `${entry.name} is ${state}.`)
    enqueue(() => reader.send({ type: 'read.ended', end: { ok: false, error } }))
    return
  }
  enqueue.assign({ reads: new Map(context.reads).set(readId, reader) })
  enqueue.sendTo(connectionId(generation), { type: 'read', readId, request, timeoutMs })
})

/** It ends when the connection says so, which is at once. */
export const cancelRead = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'read.cancel' || !context.reads.has(event.readId)) return
  enqueue.sendTo(connectionId(context.generation), event)
})

export const relayRead = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'connection.read.ended') return
  const { readId, end } = event
  const reader = context.reads.get(readId)
  if (!reader) return
  enqueue.assign({ reads: without(context.reads, readId) })
  enqueue(() => reader.send({ type: 'read.ended', end }))
})
