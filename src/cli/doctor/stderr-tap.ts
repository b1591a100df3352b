import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { StringDecoder } from 'node:string_decoder'

const maxTailCharacters = 4_000

interface Tail {
  text: string
}

/**
 * The end of what each process that is started here writes to stderr. Only the doctor wants it of a server that lives, so
 * it is no part of a server's status: Node tells of every new process.
 */
export class StderrTap {
  /** By command line, in the order of their start. */
  readonly #tails = new Map<string, Tail[]>()

  constructor() {
    subscribe('child_process', this.#onProcess)
  }

  /** Of the first process with this command line that was not asked for yet. */
  take(commandLine: readonly string[]): string {
    return this.#tails.get(JSON.stringify(commandLine))?.shift()?.text ?? ''
  }

  close(): void {
    unsubscribe('child_process', this.#onProcess)
  }

  readonly #onProcess = (message: unknown) => {
    if (!isAboutProcess(message)) return
    const child = message.process
    child.once('spawn', () => {
      const tail: Tail = { text: '' }
      const key = JSON.stringify(child.spawnargs)
      this.#tails.set(key, [...(this.#tails.get(key) ?? []), tail])
      const decoder = new StringDecoder('utf8')
      child.stderr?.on('data', (chunk: Buffer) => {
        tail.text = (tail.text + decoder.write(chunk)).slice(-maxTailCharacters)
      })
    })
  }
}

function isAboutProcess(message: unknown): message is { process: ChildProcess } {
  return typeof message === 'object' && message !== null && 'process' in message
}
