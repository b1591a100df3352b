import type { ListenerOptions } from '../speech/listener.ts'
import { defaultListenerOptions } from '../speech/speech.ts'
import { type Voice, voices } from '../speech/voices.ts'
import { checkToolList } from './tool-list.ts'
import type { ResponseInput, SessionInput, TurnDetection } from './wire.ts'

const leastSilenceMs = 200
const mostSilenceMs = 2_000

/** What the client wants of its session. */
export class SessionConfig {
  #wanted: SessionInput = {}

  /** What is left out stays as it was. Throws a `RequestError` for a list of tools that cannot be taken. */
  update(update: SessionInput): void {
    if (update.tools) checkToolList(update.tools)
    const { audio } = this.#wanted
    this.#wanted = {
      ...this.#wanted,
      ...update,
      audio: {
        ...audio,
        ...update.audio,
        input: { ...audio?.input, ...update.audio?.input },
        output: { ...audio?.output, ...update.audio?.output },
      },
    }
  }

  /** As the client is told it. */
  get wanted(): SessionInput {
    return this.#wanted
  }

  get tools(): NonNullable<SessionInput['tools']> {
    return this.#wanted.tools ?? []
  }

  /** Null: the client commits. */
  get turnDetection(): TurnDetection | null {
    const detection = this.#wanted.audio?.input?.turn_detection
    return detection === undefined ? {} : detection
  }

  get listening(): ListenerOptions {
    const detection = this.turnDetection
    const silenceMs = detection?.silence_duration_ms ?? defaultListenerOptions.silenceMs
    return {
      turnDetection: detection !== null,
      silenceMs: Math.max(leastSilenceMs, Math.min(mostSilenceMs, silenceMs)),
    }
  }

  get wantsTranscripts(): boolean {
    return Boolean(this.#wanted.audio?.input?.transcription)
  }

  voice(otherwise: Voice): Voice {
    const asked = this.#wanted.audio?.output?.voice
    return voices.find((voice) => voice === asked) ?? otherwise
  }

  modality({ output_modalities: asked }: ResponseInput): 'audio' | 'text' {
    const modalities = asked ?? this.#wanted.output_modalities ?? ['audio']
    return modalities.includes('audio') ? 'audio' : 'text'
  }

  /** The names of the functions that a response may call. */
  callable({ tool_choice: asked }: ResponseInput): Set<string> {
    const toolChoice = asked ?? this.#wanted.tool_choice
    return new Set(toolChoice === 'none' ? [] : this.tools.map(({ name }) => name))
  }
}
