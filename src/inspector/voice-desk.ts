import type { WebSocket } from 'ws'
import { messageOf } from '../contract/errors.ts'
import { requirePackages } from '../packages.ts'
import type { StreamedBody } from './http/reply.ts'
import type { Voice, VoiceOptions } from './voice/index.ts'
import type { VoiceFacts, VoiceMessage } from './wire.ts'

/** Where calls from the page arrive. What a call needs takes seconds to load: it comes after the page is there. */
export class VoiceDesk {
  #voice: Voice | undefined
  #problem: string | undefined
  #starting: Promise<void> | undefined
  #isClosed = false

  constructor(
    private readonly options: VoiceOptions,
    private readonly onChanged: () => void,
  ) {}

  get facts(): VoiceFacts {
    if (this.#problem !== undefined) {
      return { state: 'failed', problem: this.#problem, models: [], sayable: [] }
    }
    const voice = this.#voice
    if (!voice) return { state: 'loading', models: [], sayable: [] }
    const { models, room } = voice
    return { state: 'ready', models, sayable: voice.sayable(), ...(room === undefined ? {} : { room }) }
  }

  /** Once; never rejects. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  hold(socket: WebSocket): void {
    if (this.#voice && !this.#isClosed) {
      this.#voice.hold(socket)
      return
    }
    const reason = this.#isClosed
      ? 'The program ends.'
      : (this.#problem ?? 'Calls cannot be placed yet; try again in a moment.')
    socket.send(JSON.stringify({ type: 'ended', reason } satisfies VoiceMessage))
    socket.close()
  }

  recordingOf(conversationId: string): StreamedBody | undefined {
    return this.#voice?.recordingOf(conversationId)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#starting
    await this.#voice?.close()
  }

  async #start(): Promise<void> {
    try {
      requirePackages('a call')
      const { startVoice } = await import('./voice/index.ts')
      if (this.#isClosed) return
      this.#voice = await startVoice({
        ...this.options,
        onFailure: (problem) => this.#fail(problem),
        onCallEnded: () => this.onChanged(),
      })
    } catch (error) {
      this.#fail(messageOf(error))
      return
    }
    this.onChanged()
  }

  #fail(problem: string): void {
    const { mask = (text) => text } = this.options
    this.#problem = mask(`Calls cannot be placed from this page: ${problem}`, true)
    this.onChanged()
  }
}
