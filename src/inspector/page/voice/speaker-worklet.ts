import type { SpeakerCommand, SpeakerMessage } from './worklet-messages.ts'

const levelEverySamples = Math.round(sampleRate * 0.05)

interface Segment {
  number: number
  pieces: Int16Array[]
  /** In the first of the pieces. */
  offset: number
  playedSamples: number
  isComplete: boolean
}

/** Plays segments one after the other, and tells how far it came with each. */
class Speaker extends AudioWorkletProcessor {
  readonly #segments: Segment[] = []
  #squares = 0
  #squaredSamples = 0

  constructor() {
    super()
    this.port.onmessage = ({ data }: MessageEvent<SpeakerCommand>) => this.#obey(data)
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const channel = output?.[0]
    if (!channel) return true
    const filled = this.#fill(channel)
    this.#measure(channel, filled)
    return true
  }

  #obey(command: SpeakerCommand): void {
    if (command.type === 'sound') this.#segment(command.segment).pieces.push(new Int16Array(command.pcm))
    else if (command.type === 'end') this.#segment(command.segment).isComplete = true
    else for (const segment of this.#segments.splice(0)) this.#finish(segment, true)
  }

  #segment(number: number): Segment {
    const last = this.#segments.at(-1)
    if (last?.number === number) return last
    const segment = { number, pieces: [], offset: 0, playedSamples: 0, isComplete: false }
    this.#segments.push(segment)
    return segment
  }

  /** Returns how many samples there were to play. */
  #fill(channel: Float32Array): number {
    let filled = 0
    for (let segment = this.#segments[0]; segment && filled < channel.length; segment = this.#segments[0]) {
      filled += this.#play(segment, channel.subarray(filled))
      if (segment.pieces.length > 0) continue
      // What comes late of a segment is waited for, in silence.
      if (!segment.isComplete) break
      this.#segments.shift()
      this.#finish(segment, false)
    }
    return filled
  }

  #play(segment: Segment, channel: Float32Array): number {
    let played = 0
    for (let piece = segment.pieces[0]; piece && played < channel.length; piece = segment.pieces[0]) {
      const count = Math.min(channel.length - played, piece.length - segment.offset)
      for (let at = 0; at < count; at++) channel[played + at] = (piece[segment.offset + at] ?? 0) / 32_768
      played += count
      segment.offset += count
      if (segment.offset < piece.length) break
      segment.pieces.shift()
      segment.offset = 0
    }
    if (segment.playedSamples === 0 && played > 0) this.#tell({ type: 'started', segment: segment.number })
    segment.playedSamples += played
    return played
  }

  #finish({ number, playedSamples }: Segment, isInterrupted: boolean): void {
    this.#tell({ type: 'finished', segment: number, samples: playedSamples, isInterrupted })
  }

  #measure(channel: Float32Array, filled: number): void {
    if (filled === 0 && this.#squaredSamples === 0) return
    for (const sample of channel) this.#squares += sample * sample
    this.#squaredSamples += channel.length
    if (this.#squaredSamples < levelEverySamples && filled > 0) return
    const level = filled === 0 ? 0 : Math.sqrt(this.#squares / this.#squaredSamples)
    this.#tell({ type: 'level', level })
    this.#squares = 0
    this.#squaredSamples = 0
  }

  #tell(message: SpeakerMessage): void {
    this.port.postMessage(message)
  }
}

registerProcessor('speaker', Speaker)
