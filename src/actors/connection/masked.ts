import type { Mask } from '../../config/secrets.ts'
import type { CallEnd, ConnectionEvent, EndedCall } from '../../contract/connection.ts'
import type { CallError, Peer } from '../../contract/protocol.ts'
import { cap, oneLine } from '../../text/text.ts'

const maxProgressCharacters = 1_000
const maxLogCharacters = 1_000
const maxLoggerCharacters = 100

/**
 * The gate that every event of a connection passes: no text in it tells a secret. A tool's own answer stays as it is; what
 * a tool is told to be was masked when it was read.
 */
export function masked(event: ConnectionEvent, mask: Mask): ConnectionEvent {
  const ended = ({ callId, end }: EndedCall): EndedCall => ({ callId, end: maskedEnd(end, mask) })
  switch (event.type) {
    case 'connection.lost': {
      const { stderr } = event
      return {
        ...event,
        reason: mask(event.reason),
        ...(stderr === undefined ? {} : { stderr: mask(stderr) }),
        ends: event.ends.map(ended),
      }
    }
    case 'connection.unauthorized':
      return { ...event, reason: mask(event.reason), ends: event.ends.map(ended) }
    case 'connection.suspect':
    case 'connection.garbled':
    case 'connection.stream.lost':
      return { ...event, reason: mask(event.reason) }
    case 'connection.call.ended':
      return event.end.ok ? event : { ...event, ...ended(event) }
    case 'connection.read.ended':
      return event.end.ok
        ? event
        : { ...event, end: { ok: false, error: maskedError(event.end.error, mask) } }
    case 'connection.call.progress': {
      const { message } = event.progress
      if (message === undefined) return event
      return { ...event, progress: { ...event.progress, message: cap(mask(message), maxProgressCharacters) } }
    }
    case 'connection.logged': {
      const { logger, text } = event
      return {
        ...event,
        ...(logger === undefined ? {} : { logger: cap(mask(oneLine(logger)), maxLoggerCharacters) }),
        text: cap(mask(text), maxLogCharacters),
      }
    }
    case 'connection.question':
      return { ...event, question: { ...event.question, message: mask(event.question.message) } }
    case 'connection.tools':
      return {
        ...event,
        rejected: event.rejected.map(({ name, reason }) => ({ name: mask(name), reason: mask(reason) })),
      }
    case 'connection.connected': {
      const { peer, instructions } = event
      return {
        ...event,
        ...(peer === undefined ? {} : { peer: maskedPeer(peer, mask) }),
        ...(instructions === undefined ? {} : { instructions: mask(instructions) }),
      }
    }
    default:
      return event
  }
}

function maskedEnd(end: CallEnd, mask: Mask): CallEnd {
  return end.ok ? end : { ...end, error: maskedError(end.error, mask) }
}

function maskedError(error: CallError, mask: Mask): CallError {
  const { message, cause } = error
  return { ...error, message: mask(message), ...(cause === undefined ? {} : { cause: mask(cause) }) }
}

function maskedPeer({ name, version, protocolVersion, capabilities, ...own }: Peer, mask: Mask): Peer {
  return {
    ...own,
    name: mask(name),
    version: mask(version),
    protocolVersion: mask(protocolVersion),
    capabilities: capabilities.map(mask),
  }
}
