const lineFeed = 0x0a

/** Cuts a byte stream into lines. A line over the limit is dropped whole, and reported. */
export class LineSplitter {
  #parts: Buffer[] = []
  #length = 0
  #dropping = false

  constructor(
    private readonly maxLineBytes: number,
    private readonly onLine: (line: string) => void,
    private readonly onTooLong: () => void,
  ) {}

  push(chunk: Buffer): void {
    let from = 0
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      this.#add(chunk.subarray(from, at))
      this.#flush()
      from = at + 1
    }
    this.#add(chunk.subarray(from))
  }

  #add(part: Buffer): void {
    if (this.#dropping || part.length === 0) return
    this.#length += part.length
    if (this.#length > this.maxLineBytes) {
      this.#dropping = true
      this.#parts = []
      this.onTooLong()
      return
    }
    this.#parts.push(part)
  }

  #flush(): void {
    const line = this.#dropping ? '' : Buffer.concat(this.#parts).toString('utf8').trim()
    this.#parts = []
    this.#length = 0
    this.#dropping = false
    if (line !== '') this.onLine(line)
  }
}
