import type { VoiceSessionOptions } from '../../agent/index.ts'
import type { CallRecording } from './call-recording.ts'
import type { Line } from './line.ts'
import { Loudspeaker, type PlaybackCommand } from './loudspeaker.ts'
import { Microphone } from './microphone.ts'

/** Where the caller's voice comes from, and where the agent's goes. */
export interface CallerSide {
  /** Rejects where nobody can be heard there. */
  open(): Promise<Pick<VoiceSessionOptions, 'audio' | 'room'>>
  /** What the page's microphone gave. @throws CommandError where that is not wanted */
  hear(pcm: Int16Array): void
  played(command: PlaybackCommand): void
  /** The call ends: nothing is heard or played any more, and nobody waits for it. */
  silence(): Promise<void>
  /** When the session has ended. */
  leave(): Promise<void>
}

export interface PageSideOptions {
  line: Line
  sampleRate: number
  recording: CallRecording
}

/** The caller is at the page. */
export class PageSide implements CallerSide {
  readonly #microphone: Microphone
  readonly #loudspeaker: Loudspeaker

  constructor({ line, sampleRate, recording }: PageSideOptions) {
    this.#microphone = new Microphone({ sampleRate, onSound: (pcm) => recording.addCaller(pcm) })
    this.#loudspeaker = new Loudspeaker({
      line,
      sampleRate,
      onStarted: () => recording.agentBegins(),
      onHeard: (pcm) => recording.addAgent(pcm),
    })
  }

  async open() {
    return { audio: { input: this.#microphone, output: this.#loudspeaker } }
  }

  hear(pcm: Int16Array): void {
    this.#microphone.hear(pcm)
  }

  played(command: PlaybackCommand): void {
    this.#loudspeaker.played(command)
  }

  async silence(): Promise<void> {
    this.#loudspeaker.close()
    await this.#microphone.close()
  }

  async leave(): Promise<void> {}
}
