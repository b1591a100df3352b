/** What the two worklets and the page say to each other. Sound is PCM16, mono, at the rate of the page's `AudioContext`. */

/** Every 20 ms. `level`: root mean square, from 0 to 1. */
export interface MicrophoneMessage {
  pcm: ArrayBuffer
  level: number
}

export type SpeakerCommand =
  | { type: 'sound'; segment: number; pcm: ArrayBuffer }
  /** No more of it will come. */
  | { type: 'end'; segment: number }
  /** Silence at once; what waits is forgotten. */
  | { type: 'clear' }

export type SpeakerMessage =
  | { type: 'started'; segment: number }
  /** `samples` of it were played. */
  | { type: 'finished'; segment: number; samples: number; isInterrupted: boolean }
  /** While something is played, and once after it. */
  | { type: 'level'; level: number }
