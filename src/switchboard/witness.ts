import type { ServerEntry } from '../config/definition.ts'
import type { JsonObject, QuestionAnswer, SwitchboardEvent } from '../contract/protocol.ts'
import type { ReadRequest } from '../contract/reads.ts'
import type { Directory } from '../machines/directory.ts'

/** What the host tells the machines. Servers are those of one directory; a conversation stands for itself. */
export type HostCommand =
  | { type: 'servers.start' | 'servers.configure'; directory: Directory; entries: ServerEntry[] }
  | { type: 'servers.await'; directory: Directory; timeoutMs: number }
  | { type: 'servers.settle' | 'servers.stop'; directory: Directory }
  | { type: 'server.restart' | 'server.renew'; directory: Directory; name: string }
  | {
      type: 'server.read'
      directory: Directory
      name: string
      readId: string
      request: ReadRequest
      timeoutMs: number
    }
  | { type: 'server.read.cancel'; directory: Directory; name: string; readId: string }
  | { type: 'servers.unknown'; directory: Directory; problem: string | undefined }
  | { type: 'conversation.open'; conversation: object; directory: Directory; id: string }
  | { type: 'conversation.interrupt' | 'conversation.end'; conversation: object }
  | { type: 'conversation.heard'; conversation: object; questionId: string }
  | { type: 'conversation.speaking'; conversation: object; who: 'caller' | 'agent'; isSpeaking: boolean }
  | {
      type: 'function.call'
      conversation: object
      callId: string
      name: string
      arguments: JsonObject
      timeoutMs: number | undefined
      response: string | undefined
      confirmed: boolean | undefined
    }
  | { type: 'function.cancel'; conversation: object; callId: string }
  | {
      type: 'question.answer'
      conversation: object
      callId: string
      questionId: string
      answer: QuestionAnswer
    }

/** Sees what goes into the machines, and what they tell. */
export interface Witness {
  /** Does `work`, in which the machines are told and react. */
  command(command: HostCommand, work: () => void): void
  /** Before any listener hears of it. */
  published(event: SwitchboardEvent): void
}

/** Does `work`, before the eyes of the witness if there is one. */
export function perform(witness: Witness | undefined, command: HostCommand, work: () => void): void {
  if (witness) witness.command(command, work)
  else work()
}
