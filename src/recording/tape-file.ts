import { createWriteStream, fchmodSync, fstatSync, openSync, type WriteStream } from 'node:fs'
import { messageOf, SwitchboardError } from '../contract/errors.ts'

/** What is said and answered stands in it. */
const ownerOnly = 0o600

/** A file that lines are added to, in order; nobody waits for the disk but `close()`. */
export class TapeFile {
  readonly #stream: WriteStream
  readonly #closed: Promise<void>

  /** Replaces what was there. @throws SwitchboardError `file_unwritable` */
  constructor(path: string) {
    try {
      const fd = openSync(path, 'w', ownerOnly)
      // One that was there before keeps its mode otherwise; a device is not ours to change.
      if (fstatSync(fd).isFile()) fchmodSync(fd, ownerOnly)
      this.#stream = createWriteStream(path, { fd })
    } catch (error) {
      throw new SwitchboardError(
        'file_unwritable',
        `${path}: the recording cannot be written (${messageOf(error)}); name another file`,
      )
    }
    this.#closed = new Promise((resolve) => this.#stream.once('close', resolve))
    this.#stream.once('error', (error) => {
      process.emitWarning(`the recording in ${path} ends here: ${error.message}`, 'SwitchboardWarning')
    })
  }

  readonly write = (line: string): void => {
    if (this.#stream.writable) this.#stream.write(line)
  }

  close(): Promise<void> {
    this.#stream.end()
    return this.#closed
  }
}
