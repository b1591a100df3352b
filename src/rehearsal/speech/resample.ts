import { concatenate } from '../pcm.ts'

const halfTaps = 16
const taps = 2 * halfTaps

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b)

interface Filter {
  /** Output position n lies at input position n × step / phases. */
  phases: number
  step: number
  coefficients: Float64Array[]
}

const filters = new Map<string, Filter>()

/** A windowed-sinc low-pass at 95 % of the lower Nyquist frequency, one row of coefficients per phase. */
function filterFor(fromRate: number, toRate: number): Filter {
  const key = `${fromRate}:${toRate}`
  const known = filters.get(key)
  if (known) return known
  const divisor = greatestCommonDivisor(fromRate, toRate)
  const phases = toRate / divisor
  const cutOff = Math.min(1, toRate / fromRate) * 0.95
  const coefficients = Array.from({ length: phases }, (_, phase) => {
    const row = new Float64Array(taps)
    let sum = 0
    for (let tap = 0; tap < taps; tap++) {
      const x = tap - halfTaps + 1 - phase / phases
      const sinc = x === 0 ? cutOff : Math.sin(Math.PI * cutOff * x) / (Math.PI * x)
      const hann = Math.abs(x) > halfTaps ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / halfTaps)
      row[tap] = sinc * hann
      sum += sinc * hann
    }
    return row.map((coefficient) => coefficient / sum)
  })
  const filter = { phases, step: fromRate / divisor, coefficients }
  filters.set(key, filter)
  return filter
}

/** A stream at one sample rate becomes a stream at another; the output lags by 16 input samples. */
export class Resampler {
  readonly #filter: Filter | undefined
  /** Input that outputs to come still need; starts as the silence before the first sample. */
  #input: Int16Array = new Int16Array(halfTaps - 1)
  #phase = 0

  constructor(fromRate: number, toRate: number) {
    if (fromRate !== toRate) this.#filter = filterFor(fromRate, toRate)
  }

  feed(pcm: Int16Array): Int16Array {
    const filter = this.#filter
    if (!filter) return pcm
    const input = concatenate([this.#input, pcm])
    const output: number[] = []
    let at = 0
    let phase = this.#phase
    while (at + taps <= input.length) {
      const row = filter.coefficients[phase]
      let sum = 0
      for (let tap = 0; tap < taps; tap++) sum += (input[at + tap] ?? 0) * (row?.[tap] ?? 0)
      output.push(Math.max(-32768, Math.min(32767, sum)))
      phase += filter.step
      at += Math.floor(phase / filter.phases)
      phase %= filter.phases
    }
    this.#input = input.slice(at)
    this.#phase = phase
    return Int16Array.from(output)
  }

  /** The rest of the output, as if silence followed. */
  flush(): Int16Array {
    return this.#filter ? this.feed(new Int16Array(halfTaps)) : new Int16Array(0)
  }
}

export function resample(pcm: Int16Array, fromRate: number, toRate: number): Int16Array {
  if (fromRate === toRate) return pcm
  const resampler = new Resampler(fromRate, toRate)
  return concatenate([resampler.feed(pcm), resampler.flush()])
}
