import { WebSocket } from 'ws'
import type { VoiceMessage } from '../wire.ts'

/** Five seconds of sound at 48 kHz. */
const maxWaitingBytes = 512 * 1024
const maxStandstillMs = 10_000
const segmentBytes = 4

export interface LineOptions {
  /** How long a page may take nothing of what waits for it. Default: 10,000. */
  maxStandstillMs?: number | undefined
  /** The page has taken nothing for so long; the line is closed. */
  onStandstill: () => void
}

/**
 * The way to a page. Nothing is dropped: sound waits for room (`roomForSound`), the few words beside it do not, and a page that
 * takes nothing more is cut off.
 */
export class Line {
  readonly #socket: WebSocket
  readonly #options: LineOptions
  #waitingBytes = 0
  #standstill: NodeJS.Timeout | undefined
  readonly #waitingForRoom = new Set<() => void>()

  constructor(socket: WebSocket, options: LineOptions) {
    this.#socket = socket
    this.#options = options
    socket.once('close', () => {
      clearTimeout(this.#standstill)
      this.#standstill = undefined
      this.#wake()
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  tell(message: VoiceMessage): void {
    this.#send(JSON.stringify(message))
  }

  sendSound(segment: number, pcm: Int16Array): void {
    const message = Buffer.alloc(segmentBytes + pcm.byteLength)
    message.writeUInt32LE(segment)
    // Every machine that this runs on has its own samples little-endian too.
    Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).copy(message, segmentBytes)
    this.#send(message)
  }

  /** Resolves when little waits for the page, when `signal` fires, or when the line is closed. */
  roomForSound(signal: AbortSignal): Promise<void> {
    const isDone = () => this.#waitingBytes <= maxWaitingBytes || !this.isOpen || signal.aborted
    if (isDone()) return Promise.resolve()
    return new Promise((resolve) => {
      const look = () => {
        if (!isDone()) return
        this.#waitingForRoom.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      this.#waitingForRoom.add(look)
      signal.addEventListener('abort', look)
    })
  }

  close(code: number, reason: string): void {
    // A close frame has room for 123 bytes of reason.
    this.#socket.close(code, reason.slice(0, 40))
  }

  #send(data: string | Buffer): void {
    if (!this.isOpen) return
    const bytes = Buffer.byteLength(data)
    this.#waitingBytes += bytes
    this.#standstill ??= setTimeout(() => this.#cutOff(), this.#options.maxStandstillMs ?? maxStandstillMs)
    this.#socket.send(data, () => this.#taken(bytes))
  }

  #taken(bytes: number): void {
    this.#waitingBytes -= bytes
    if (this.#waitingBytes > 0) this.#standstill?.refresh()
    else {
      clearTimeout(this.#standstill)
      this.#standstill = undefined
    }
    this.#wake()
  }

  #cutOff(): void {
    this.#options.onStandstill()
    this.#socket.terminate()
  }

  #wake(): void {
    for (const look of [...this.#waitingForRoom]) look()
  }
}
