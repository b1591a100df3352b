/** What actors of different systems tell each other. */
import type { CallEnd } from '../connection.ts'
import type { JsonObject, Outcome, Progress, Tool } from '../protocol.ts'

/** All that is needed of an actor to tell it something. */
export interface Receiver<Message> {
  send(message: Message): void
}

/** Call actor → server actor. */
export type ServerCommand =
  | {
      type: 'call.start'
      callId: string
      /** Of the connection that the call was routed to. */
      generation: number
      tool: Tool
      arguments: JsonObject
      /** Until then a missed heartbeat does not restart the server. */
      deadlineAt: number
      caller: Receiver<CallNews>
    }
  /** Progress moved its deadline. */
  | { type: 'call.extend'; callId: string; deadlineAt: number }
  | { type: 'call.cancel'; callId: string; reason: 'cancelled' | 'timed_out' }
  | { type: 'restart' }
  /** Its definition is gone: what runs may finish. */
  | { type: 'retire' }
  | { type: 'close' }

/** Server actor → call actor. */
export type CallNews =
  | { type: 'call.sent'; server: string; generation: number }
  | { type: 'call.progress'; progress: Progress }
  | { type: 'call.ended'; server: string; generation: number; end: CallEnd }

/** Call actor → conversation. */
export type CallReport =
  | { type: 'call.sent'; callId: string; server: string; generation: number }
  | { type: 'call.progress'; callId: string; progress: Progress }
  | { type: 'call.ended'; callId: string; outcome: Outcome }
