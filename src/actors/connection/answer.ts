/** A `Response` whose body is read piece by piece: the web's streams cost more than the rest of a small request. */
export class Answer extends Response {
  #body: ReadableStream<Uint8Array<ArrayBuffer>> | undefined

  constructor(
    public pieces: AsyncIterableIterator<Uint8Array>,
    init: ResponseInit,
  ) {
    super(null, init)
  }

  /** Made when somebody asks; TypeScript takes no accessor in the place of a property. */
  declare readonly body: ReadableStream<Uint8Array<ArrayBuffer>>

  static {
    Object.defineProperty(Answer.prototype, 'body', {
      get(this: Answer) {
        this.#body ??= streamOf(this.pieces)
        return this.#body
      },
    })
  }

  override readonly text = async (): Promise<string> => {
    const decoder = new TextDecoder()
    let text = ''
    for await (const piece of this.pieces) text += decoder.decode(piece, { stream: true })
    return text + decoder.decode()
  }

  override readonly json = async (): Promise<unknown> => JSON.parse(await this.text())
}

function streamOf(pieces: AsyncIterableIterator<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(new Uint8Array(value))
      },
      async cancel() {
        await pieces.return?.()
      },
    },
    // Nothing is read before somebody wants it.
    { highWaterMark: 0 },
  )
}
