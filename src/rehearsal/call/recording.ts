import { samplesPerMs } from '../pcm.ts'
import { type Piece, PlacedVoice } from './placed-voice.ts'

/** PCM16. */
export interface CallSound {
  caller: Int16Array
  agent: Int16Array
}

export interface RenderOptions {
  /** Default: none is too long. */
  maxSilenceMs?: number
}

export interface Rendering {
  /** In samples. */
  length: number
  /** Forwards only. */
  read(from: number, to: number): CallSound
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
  render(options: RenderOptions = {}): CallSound {
    const { length, read } = this.rendering(options)
    return read(0, length)
  }

  /** The same, to be rendered piece by piece. What is added from now on is not in it. */
  rendering({ maxSilenceMs = Number.POSITIVE_INFINITY }: RenderOptions = {}): Rendering {
    const [caller, agent] = [new PlacedVoice(this.#caller), new PlacedVoice(this.#agent)]
    const maxSilence = maxSilenceMs * samplesPerMs
    const first = earlier(caller, agent).next?.at ?? 0
    let end = first
    let cut = first
    for (let voice = earlier(caller, agent); voice.next !== undefined; voice = earlier(caller, agent)) {
      const { at, pcm } = voice.next
      cut += Math.max(0, Math.floor(at - end - maxSilence))
      end = Math.max(end, at + pcm.length)
      voice.placeNext(at - cut)
    }
    const read = (from: number, to: number) => ({
      caller: caller.read(from, to),
      agent: agent.read(from, to),
    })
    return { length: end - cut, read }
  }
}

/** Whose next piece begins first. */
function earlier(caller: PlacedVoice, agent: PlacedVoice): PlacedVoice {
  return (agent.next?.at ?? Infinity) < (caller.next?.at ?? Infinity) ? agent : caller
}

/** One voice does not overlap itself: what rounding or a late timer put too early follows what is there. */
function add(voice: Piece[], pcm: Int16Array, atMs: number): void {
  const last = voice.at(-1)
  const free = last === undefined ? 0 : last.at + last.pcm.length
  voice.push({ at: Math.max(Math.round(atMs * samplesPerMs), free), pcm })
}
