import { samplesPerMs } from './audio-format.ts'

interface Piece {
  at: number
  pcm: Int16Array
}

/** PCM16. */
export interface CallSound {
  caller: Int16Array
  agent: Int16Array
}

/** Both voices of a call on one time line, in the call's time. */
export class Recording {
  readonly #caller: Piece[] = []
  readonly #agent: Piece[] = []

  addCaller(pcm: Int16Array, atMs: number): void {
    add(this.#caller, pcm, atMs)
  }

  addAgent(pcm: Int16Array, atMs: number): void {
    add(this.#agent, pcm, atMs)
  }

  /** Two channels of one length. Silence longer than `maxSilenceMs` is cut to that; the first is left out. */
  render({ maxSilenceMs = Number.POSITIVE_INFINITY }: { maxSilenceMs?: number } = {}): CallSound {
    const pieces = [
      ...this.#caller.map((piece) => ({ ...piece, who: 'caller' as const })),
      ...this.#agent.map((piece) => ({ ...piece, who: 'agent' as const })),
    ].sort((left, right) => left.at - right.at)
    const maxSilence = maxSilenceMs * samplesPerMs
    let end = pieces[0]?.at ?? 0
    let cut = end
    const placed = pieces.map((piece) => {
      cut += Math.max(0, Math.floor(piece.at - end - maxSilence))
      end = Math.max(end, piece.at + piece.pcm.length)
      return { ...piece, at: piece.at - cut }
    })
    const sound: CallSound = { caller: new Int16Array(end - cut), agent: new Int16Array(end - cut) }
    for (const { at, pcm, who } of placed) sound[who].set(pcm, at)
    return sound
  }
}

/** One voice does not overlap itself: what rounding or a late timer put too early follows what is there. */
function add(voice: Piece[], pcm: Int16Array, atMs: number): void {
  const last = voice.at(-1)
  const free = last === undefined ? 0 : last.at + last.pcm.length
  voice.push({ at: Math.max(Math.round(atMs * samplesPerMs), free), pcm })
}
