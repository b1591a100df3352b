import { messageOf } from '../../errors.ts'

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
  body: ReadableStream<Uint8Array>,
  { limitBytes, onBytes, onEnd, isLate, hold }: BodyObserver,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const arrivals = new Arrivals(reader)
  let receivedBytes = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value, arrivedAt } = await arrivals.next(isLate() ? piecesAwaitedAtOnce : 1)
        if (isLate()) await hold(arrivedAt)
        if (done) {
          controller.close()
          onEnd('the answer stream ended without an answer')
          return
        }
        receivedBytes += value.byteLength
        if (receivedBytes > limitBytes) {
          reader.cancel().catch(() => {})
          throw new Error(`it is longer than ${limitBytes / 1024 / 1024} MiB`)
        }
        onBytes()
        controller.enqueue(value)
      } catch (error) {
        controller.error(error)
        onEnd(`the answer stream was cut: ${messageOf(error)}`)
      }
    },
    async cancel(reason) {
      onEnd('cancelled')
      await reader.cancel(reason)
    },
  })
}

type Arrival = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>> & { arrivedAt: number }

class Arrivals {
  readonly #awaited: Promise<Arrival>[] = []

  constructor(private readonly reader: ReadableStreamDefaultReader<Uint8Array>) {}

  /** `atOnce`: how many are awaited, this one included. */
  next(atOnce: number): Promise<Arrival> {
    const next = this.#awaited.shift() ?? this.#read()
    while (this.#awaited.length < atOnce - 1) this.#awaited.push(this.#read())
    return next
  }

  #read(): Promise<Arrival> {
    const arrival = this.reader.read().then((read) => ({ ...read, arrivedAt: performance.now() }))
    // Whoever asks for it hears of a break; the others are not asked for any more.
    arrival.catch(() => {})
    return arrival
  }
}
