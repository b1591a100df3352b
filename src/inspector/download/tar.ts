/** A plain file in an archive. */
export interface TarFile {
  /** With its folders, below 100 bytes of ASCII. */
  name: string
  /** In bytes; exactly so much comes. */
  size: number
  content(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

const blockSize = 512

export function tarSize(files: readonly TarFile[]): number {
  const blocks = files.map(({ size }) => 1 + Math.ceil(size / blockSize))
  return (blocks.reduce((sum, one) => sum + one, 0) + 2) * blockSize
}

/**
 * An archive in the POSIX ustar format (pax, "ustar Interchange Format"), for the owner's eyes. `modifiedAt`: epoch milliseconds.
 *
 * @throws Error where a file is shorter or longer than its size
 */
export async function* tar(files: readonly TarFile[], modifiedAt: number): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    yield header(file, modifiedAt)
    let missing = file.size
    for await (const chunk of file.content()) {
      missing -= chunk.byteLength
      if (missing < 0) break
      yield chunk
    }
    if (missing !== 0) throw new Error(`${file.name} has not ${file.size} bytes any more`)
    yield new Uint8Array(Math.ceil(file.size / blockSize) * blockSize - file.size)
  }
  yield new Uint8Array(2 * blockSize)
}

function header({ name, size }: TarFile, modifiedAt: number): Uint8Array {
  const block = Buffer.alloc(blockSize)
  const octal = (value: number, digits: number) => `${Math.floor(value).toString(8).padStart(digits, '0')}\0`
  block.write(name, 0, 99, 'ascii')
  block.write(octal(0o600, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(modifiedAt / 1_000, 11), 136)
  block.write('        ', 148)
  block.write('0ustar\0', 156)
  block.write('00', 263)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)} `, 148)
  return block
}
