import { type Pcm, type Speech, type Utterance, utterances } from '../../../src/rehearsal/index.ts'
import { concatenate } from '../../../src/rehearsal/pcm.ts'
import { VoiceActivity } from '../../../src/rehearsal/speech/voice-activity.ts'

/** Longer than between two sentences, shorter than between two turns. */
const silenceMs = 700

/** Sound that comes in pieces, one after the other. */
export class Sound {
  /** Times are epoch milliseconds, of the piece's first sample. */
  readonly pieces: { pcm: Int16Array; at: number }[] = []
  sampleRate = 0
  #activity: VoiceActivity | undefined
  #ended = 0
  #isVoice = false

  add(pcm: Int16Array, sampleRate: number, at: number): void {
    if (sampleRate !== this.sampleRate) {
      // A page that was loaded again.
      this.sampleRate = sampleRate
      this.#activity = new VoiceActivity({ sampleRate, silenceMs, settleMs: 0 })
    }
    this.pieces.push({ pcm, at })
    for (const { type } of this.#activity?.feed(pcm) ?? []) {
      this.#isVoice = type === 'start'
      if (type === 'end') this.#ended += 1
    }
  }

  get isVoice(): boolean {
    return this.#isVoice
  }

  /** How many utterances are over. */
  get ended(): number {
    return this.#ended
  }

  get pcm(): Pcm {
    return { pcm: concatenate(this.pieces.map(({ pcm }) => pcm)), sampleRate: this.sampleRate }
  }

  /** From when to when somebody spoke, in epoch milliseconds. */
  get stretches(): { beganAt: number; endedAt: number }[] {
    const firstAt = this.pieces[0]?.at ?? 0
    return this.#utterances.map(({ startMs, endMs }) => ({
      beganAt: firstAt + startMs,
      endedAt: firstAt + endMs,
    }))
  }

  /** Which of the sentences each utterance was; one that is not said must be among them. */
  heard(speech: Speech, sentences: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.all(
      this.#utterances.map(
        async ({ pcm }) => (await speech.recognize(pcm, this.sampleRate, [...sentences])).sentence,
      ),
    )
  }

  get #utterances(): Utterance[] {
    const { pcm, sampleRate } = this.pcm
    return utterances(pcm, sampleRate, { silenceMs })
  }
}
