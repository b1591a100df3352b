import type { WebSocket } from 'ws'
import type { RealtimeOptions } from '../../agent/index.ts'
import type { Conversation, FunctionInfo } from '../../contract/protocol.ts'
import type { UserServers } from '../../contract/user-servers.ts'
import { startRehearsal } from '../../rehearsal/index.ts'
import type { ConversationOptions } from '../../switchboard.ts'
import type { StreamedBody } from '../http/reply.ts'
import type { PageVoice } from '../page-voice.ts'
import type { VoiceFacts, VoiceMessage } from '../wire.ts'
import type { VoiceMask } from './masked.ts'
import { Sayable } from './sayable.ts'
import { holdVoiceCall, type VoiceCall } from './voice-call.ts'

export interface VoiceOptions extends PageVoice {
  switchboard: {
    readonly functions: FunctionInfo[]
    conversation(options?: ConversationOptions): Conversation
  }
  /** The servers of who calls; asked with each call, and closed with it. Default: the switchboard's alone. */
  userServersOf?: () => CallerServers | undefined
  /** For every text that a page is told. Default: nothing is hidden. */
  mask?: VoiceMask
  /** What a page is told of its call, but for what its loudspeaker has to do. */
  onTold?: (conversationId: string, message: VoiceMessage) => void
  /** Where the page can fetch a recording from. Default: it is not told. */
  recordingUrlOf?: (conversationId: string) => string
  /** With a call, what can be said may have gone. */
  onCallEnded?: () => void
  /** The ears or the mouth of the rehearsal died: every call with it has ended, and so will every later one. */
  onFailure?: (problem: string) => void
}

export interface CallerServers extends UserServers {
  close?(): void
}

export interface Voice {
  readonly models: VoiceFacts['models']
  /** Where callers are, if not at the page. */
  readonly room: string | undefined
  /** Sentences that the rehearsal understands now, one for each function that can be said; of the first 50. */
  sayable(): string[]
  /** Holds a call with the page at the other end. Several at once do not know of each other. When `close` has begun, it is refused. */
  hold(socket: WebSocket): VoiceCall
  /** A WAV: of a call that goes on, until now. Of those that are over, the newest are kept: 128 MB in all, and always one. Nothing is recorded in a room. */
  recordingOf(conversationId: string): StreamedBody | undefined
  /** Ends every call, and the rehearsal. */
  close(): Promise<void>
}

type Recorded = Pick<VoiceCall, 'conversationId' | 'recording'>

const programEnds = 'The program ends.'
const keptBytes = 128 * 1024 * 1024

/** Starts the rehearsal; takes about a second. Rejects where its packages are missing. */
export async function startVoice(options: VoiceOptions): Promise<Voice> {
  const { switchboard, openai, livekit, instructions, onTold, recordingUrlOf } = options
  const { mask = (text) => text } = options
  const rehearsal = await startRehearsal()
  const offFailure = rehearsal.speech.onFailure(({ message }) => options.onFailure?.(message))
  const realtimeOf = (model: VoiceFacts['models'][number]): RealtimeOptions | undefined => {
    if (model === 'rehearsal') return { provider: 'rehearsal', baseURL: rehearsal.url }
    return openai && { provider: 'openai', ...openai }
  }
  const sentences = new Sayable()
  const running = new Set<VoiceCall>()
  const talking = new Set<Conversation>()
  let isClosing = false
  /** Of calls that are over; the newest last. */
  const kept: Recorded[] = []
  const keep = ({ conversationId, recording }: VoiceCall) => {
    if (recording.bytes === 0) return
    kept.push({ conversationId, recording })
    const bytes = () => kept.reduce((sum, one) => sum + one.recording.bytes, 0)
    while (kept.length > 1 && bytes() > keptBytes) kept.shift()
  }
  return {
    models: openai === undefined ? ['rehearsal'] : ['rehearsal', 'openai'],
    room: livekit?.room,
    sayable: () => sentences.of(offeredNow(switchboard, talking)).map((sentence) => mask(sentence, true)),
    hold(socket) {
      let leave = () => {}
      const converse = () => {
        const userServers = options.userServersOf?.()
        const conversation = switchboard.conversation(userServers ? { userServers } : {})
        talking.add(conversation)
        leave = () => {
          talking.delete(conversation)
          userServers?.close?.()
        }
        return conversation
      }
      const parts = { converse, realtimeOf, livekit, instructions, onTold, recordingUrlOf, mask }
      const call = holdVoiceCall(socket, parts)
      // Before it has heard the page: no session begins.
      if (isClosing) void call.hangUp(programEnds)
      running.add(call)
      void call.ended.then(() => {
        running.delete(call)
        leave()
        keep(call)
        options.onCallEnded?.()
      })
      return call
    },
    recordingOf(conversationId) {
      const isOfIt = (one: Recorded) => one.conversationId === conversationId && one.recording.bytes > 0
      return [...kept, ...running].findLast(isOfIt)?.recording.wav()
    },
    async close() {
      isClosing = true
      offFailure()
      await Promise.all([...running].map((call) => call.hangUp(programEnds)))
      await rehearsal.close()
    },
  }
}

/** For all, or for one of those who are calling now. */
function offeredNow(
  { functions }: VoiceOptions['switchboard'],
  talking: ReadonlySet<Conversation>,
): FunctionInfo[] {
  const offered = new Map(functions.map((one) => [one.name, one]))
  for (const one of [...talking].flatMap((conversation) => conversation.functions)) {
    // Those of no server are offered anyway.
    if (one.servers.length > 0 && !offered.has(one.name)) offered.set(one.name, one)
  }
  return [...offered.values()]
}
