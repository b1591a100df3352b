import type { Effect, ErrorCode, QuestionAnswer, ServerState } from '../../../src/index.ts'
import type { Order } from '../../support/test-server.ts'
import { type Era, type Transport, transports } from '../../support/transports.ts'
import type { InEras } from '../cases.ts'
import type { Subject } from '../subject.ts'

/** What may end the call; the driver sets every other time to ten minutes. */
export type Told = 'at once' | 'silence' | 'deadline'

export interface CallFault extends InEras<CallFault> {
  fault: string
  over: readonly Transport[]
  flags?: string[]
  tool?: { name: string; arguments: Record<string, unknown> }
  orders: (over: Transport, era: Era) => Order[]
  /** What happens just before the call. */
  strike?: (subject: Subject) => Promise<void>
  /** The caller, who is asked during the call. */
  onQuestion?: (subject: Subject) => Promise<QuestionAnswer>
  /** Codes of the attempts before the last. */
  earlier?: ErrorCode[]
  /** `ok`, or the error. */
  ends: 'ok' | `${ErrorCode}, ${Effect}`
  told: Told
  /** How often the tool was started. */
  ran: 0 | 1
  /** What the server goes through from ready until it is ready again. */
  states: ServerState[] | ((over: Transport) => ServerState[])
  /** `restart`: the operator's new start, where nothing else can help. */
  lifted?: 'restart'
}

/** By which a server is asked whether it is there. */
export const checkOf = (era: Era) => (era === 'legacy' ? 'ping' : 'server/discover')

export const stays: ServerState[] = ['ready']
export const isDegraded: ServerState[] = ['ready', 'degraded', 'ready']
/** It answers pings, then its call times out. */
export const isDegradedTwice: ServerState[] = ['ready', 'degraded', 'ready', 'degraded', 'ready']
export const isReplaced: ServerState[] = ['ready', 'reconnecting', 'ready']
export const isGivenUp: ServerState[] = ['ready', 'degraded', 'reconnecting', 'ready']
/** A process of ours is replaced; a remote one goes on when it can. */
export const isStopped = (over: Transport) => (over === 'stdio' ? isGivenUp : isDegraded)

export const both = transports
export const stdio = ['stdio'] as const
export const http = ['http'] as const

export const noSessions = { era: 'legacy', because: 'no sessions' } as const
export const modernOnly = { era: 'modern', because: '' } as const

export const call = (order: Omit<Order, 'at'>): Order => ({ at: 'tools/call', ...order })
/** A text as the wire carries it: a line, or an event of the answer stream. */
export const line = (over: Transport, text: string) => (over === 'stdio' ? `${text}\n` : `data: ${text}\n\n`)
/** The beginning of an answer. */
export const half = (over: Transport) => (over === 'stdio' ? '$HALF' : 'data: $HALF')
