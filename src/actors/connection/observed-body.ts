import { messageOf } from '../../contract/errors.ts'

/** Of a body that is slowed, so that each piece is late after its own arrival, and not after the one before it. */
const piecesAwaitedAtOnce = 64

export interface BodyObserver {
  limitBytes: number
  onBytes(): void
  /** Once, at the end or the break. */
  onEnd(reason: string): void
  /** Whether what comes is held back now. */
  isLate(): boolean
  /** Resolves when what arrived then may be told. */
  hold(arrivedAt: number): Promise<void>
}

/** The same bytes. */
export function observed(
  body: AsyncIterable<Uint8Array>,
  observer: BodyObserver,
): AsyncIterableIterator<Uint8Array> {
  return new ObservedBody(body[Symbol.asyncIterator](), observer)
}

type Piece = IteratorResult<Uint8Array, undefined>

/** Not a generator: of one that was never begun nobody would hear that it was given up. */
class ObservedBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #arrivals: Arrivals
  #receivedBytes = 0
  #isOver = false

  constructor(
    private readonly pieces: AsyncIterator<Uint8Array>,
    private readonly observer: BodyObserver,
  ) {
    this.#arrivals = new Arrivals(pieces)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Piece> {
    const { limitBytes, onBytes, isLate, hold } = this.observer
    if (this.#isOver) return over
    try {
      const { piece, arrivedAt } = await this.#arrivals.next(isLate() ? piecesAwaitedAtOnce : 1)
      if (isLate()) await hold(arrivedAt)
      if (piece.done) {
        this.#end('the answer stream ended without an answer')
        return over
      }
      this.#receivedBytes += piece.value.byteLength
      if (this.#receivedBytes > limitBytes) {
        this.#close()
        throw new Error(`it is longer than ${limitBytes / 1024 / 1024} MiB`)
      }
      onBytes()
      return piece
    } catch (error) {
      this.#end(`the answer stream was cut: ${messageOf(error)}`)
      throw error
    }
  }

  async return(): Promise<Piece> {
    if (!this.#isOver) this.#close()
    this.#end('cancelled')
    return over
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.observer.onEnd(reason)
  }

  #close(): void {
    this.pieces.return?.().catch(() => {})
  }
}

const over: Piece = { done: true, value: undefined }

interface Arrival {
  piece: IteratorResult<Uint8Array>
  arrivedAt: number
}

class Arrivals {
  readonly #awaited: Promise<Arrival>[] = []

  constructor(private readonly pieces: AsyncIterator<Uint8Array>) {}

  /** `atOnce`: how many are awaited, this one included. */
  next(atOnce: number): Promise<Arrival> {
    const next = this.#awaited.shift() ?? this.#read()
    while (this.#awaited.length < atOnce - 1) this.#awaited.push(this.#read())
    return next
  }

  #read(): Promise<Arrival> {
    const arrival = this.pieces.next().then((piece) => ({ piece, arrivedAt: performance.now() }))
    // Whoever asks for it hears of a break; the others are not asked for any more.
    arrival.catch(() => {})
    return arrival
  }
}
