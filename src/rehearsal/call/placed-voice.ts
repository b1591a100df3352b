export interface Piece {
  at: number
  pcm: Int16Array
}

/** One voice on the time line of a rendered recording. */
export class PlacedVoice {
  readonly #pieces: readonly Piece[]
  /** Of as many pieces as there were: later ones do not belong to it. */
  readonly #starts: Float64Array
  #placed = 0
  #first = 0

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces
    this.#starts = new Float64Array(pieces.length)
  }

  /** The piece that is to be placed now. */
  get next(): Piece | undefined {
    return this.#placed < this.#starts.length ? this.#pieces[this.#placed] : undefined
  }

  placeNext(start: number): void {
    this.#starts[this.#placed] = start
    this.#placed += 1
  }

  /** Forwards only: each time from where the last one ended, or later. */
  read(from: number, to: number): Int16Array {
    const sound = new Int16Array(to - from)
    for (let index = this.#first; index < this.#placed; index++) {
      const pcm = this.#pieces[index]?.pcm
      const start = this.#starts[index]
      if (pcm === undefined || start === undefined || start >= to) break
      if (start + pcm.length <= from) this.#first = index + 1
      else sound.set(pcm.subarray(Math.max(0, from - start), to - start), Math.max(0, start - from))
    }
    return sound
  }
}
