import { RoomEvent } from '@livekit/rtc-node'
import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'
import type { Question, QuestionAnswer } from '../../contract/protocol.ts'

/** The topic of the data messages, both ways. */
export const pageTopic = 'switchboard.page'

/** What is needed of a room. */
export interface PageRoom {
  /** Tells the caller; rejects where nobody is told. */
  publish(message: Uint8Array): Promise<void>
  /** Hears the caller; returns the unsubscriber. */
  subscribe(listener: (message: Uint8Array) => void): () => void
}

type Hear = (message: Uint8Array, from?: { identity: string }, kind?: unknown, topic?: string) => void

interface DataOptions {
  reliable: boolean
  topic: string
  destination_identities: string[]
}

/** Of LiveKit's `Room`. */
export interface DataRoom {
  localParticipant?: { publishData(data: Uint8Array, options: DataOptions): Promise<void> } | undefined
  on(event: RoomEvent.DataReceived, listener: Hear): unknown
  off(event: RoomEvent.DataReceived, listener: Hear): unknown
}

const answerSchema = z.object({ questionId: z.string(), action: z.enum(['accept', 'decline', 'cancel']) })

/** Tells the caller of a page that a server wants visited, and waits for an answer as long as somebody wants it. */
export function askInRoom({ publish, subscribe }: PageRoom): (question: Question) => Promise<QuestionAnswer> {
  return async (question) => {
    const { id: questionId, server, message, signal } = question
    if (question.mode !== 'url' || signal.aborted) return { action: 'cancel' }
    const page = { questionId, server, message, url: question.url }
    return new Promise((resolve, reject) => {
      const unsubscribe = subscribe((answer) => {
        const read = answerSchema.safeParse(parseJson(new TextDecoder().decode(answer))).data
        if (read?.questionId !== questionId) return
        const { action } = read
        end(() => resolve(action === 'accept' ? { action, content: {} } : { action }))
      })
      const giveUp = () => end(() => resolve({ action: 'cancel' }))
      const end = (settle: () => void) => {
        unsubscribe()
        signal.removeEventListener('abort', giveUp)
        settle()
      }
      signal.addEventListener('abort', giveUp)
      publish(new TextEncoder().encode(JSON.stringify(page))).catch((error: unknown) =>
        end(() => reject(error)),
      )
    })
  }
}

/**
 * `caller`: their identity, while they are there. Nobody else in the room is told, since whoever opens a page signs in or pays
 * there; and nobody else's answer is the caller's.
 */
export function pageRoomOf(room: DataRoom, caller: () => string | undefined): PageRoom {
  return {
    publish: async (message) => {
      const identity = caller()
      if (identity === undefined || !room.localParticipant) throw new Error('no caller is in the room')
      const options = { reliable: true, topic: pageTopic, destination_identities: [identity] }
      await room.localParticipant.publishData(message, options)
    },
    subscribe: (listener) => {
      const hear: Hear = (message, from, _kind, topic) => {
        if (topic === pageTopic && from !== undefined && from.identity === caller()) listener(message)
      }
      room.on(RoomEvent.DataReceived, hear)
      return () => void room.off(RoomEvent.DataReceived, hear)
    },
  }
}
