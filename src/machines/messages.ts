/** What actors of different systems tell each other. */
import type { AskedQuestion, CallEnd, QuestionReply } from '../contract/connection.ts'
import type { JsonObject, Outcome, Progress, QuestionEnd, Tool } from '../contract/protocol.ts'
import type { ReadEnd, ReadRequest } from '../contract/reads.ts'

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
      /** The same object for all calls of one conversation, and for no other. */
      conversation: object
    }
  /** Progress moved its deadline. */
  | { type: 'call.extend'; callId: string; deadlineAt: number }
  /** To a question that came with `call.question`. */
  | { type: 'call.answer'; callId: string; questionId: string; reply: QuestionReply }
  | { type: 'call.cancel'; callId: string; reason: 'cancelled' | 'timed_out' }
  /** At once or not at all: a server that cannot be asked now is not waited for. */
  | {
      type: 'read.start'
      readId: string
      request: ReadRequest
      timeoutMs: number
      reader: Receiver<ReadNews>
    }
  | { type: 'read.cancel'; readId: string }
  | { type: 'restart' }
  /** It would be given other credentials now than when it refused those it had. */
  | { type: 'credentials.renewed' }
  /** Its definition is gone: what runs may finish. */
  | { type: 'retire' }
  | { type: 'close' }

/** Server actor → call actor. */
export type CallNews =
  | { type: 'call.sent'; server: string; generation: number }
  | { type: 'call.progress'; progress: Progress }
  | {
      type: 'call.question'
      server: string
      generation: number
      questionId: string
      question: AskedQuestion
    }
  /** The server does not want to know any more. */
  | { type: 'call.question.withdrawn'; questionId: string }
  | { type: 'call.ended'; server: string; generation: number; end: CallEnd }

/** Server actor → whoever reads: exactly one. */
export interface ReadNews {
  type: 'read.ended'
  end: ReadEnd
}

/** Call actor → conversation. */
export type CallReport =
  | { type: 'call.sent'; callId: string; server: string; generation: number }
  | { type: 'call.progress'; callId: string; progress: Progress }
  /** The caller is to be asked. */
  | { type: 'question.asked'; callId: string; server: string; questionId: string; question: AskedQuestion }
  /** The answer does not fit: the same is to be asked again. */
  | { type: 'question.refused'; callId: string; questionId: string; problem: string }
  /** One for each `question.asked`. */
  | { type: 'question.ended'; callId: string; questionId: string; how: QuestionEnd }
  | { type: 'call.ended'; callId: string; outcome: Outcome }
