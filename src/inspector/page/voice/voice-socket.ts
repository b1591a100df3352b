import type { VoiceCommand, VoiceMessage } from '../../wire.ts'

const segmentBytes = 4
/** Ten seconds of sound at 48 kHz. */
const maxWaitingBytes = 1_000_000

export interface VoiceSocketListener {
  onMessage(message: VoiceMessage): void
  /** PCM16. */
  onSound(segment: number, pcm: ArrayBuffer): void
  /** Once. `reason`: why, where nobody has said it in a message before. */
  onClosed(reason: string): void
}

/** `/voice`, from the page's side. */
export class VoiceSocket {
  readonly #socket = new WebSocket(`ws://${location.host}/voice`)
  /** What is said before the connection is there. */
  readonly #waiting: string[] = []

  constructor(listener: VoiceSocketListener) {
    const socket = this.#socket
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      for (const text of this.#waiting.splice(0)) socket.send(text)
    })
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') {
        // Of our own server, behind the same token.
        const message: VoiceMessage = JSON.parse(data)
        listener.onMessage(message)
      } else listener.onSound(new DataView(data).getUint32(0, true), data.slice(segmentBytes))
    })
    socket.addEventListener('close', ({ reason }) =>
      listener.onClosed(reason || 'The connection to Switchboard is lost.'),
    )
  }

  tell(command: VoiceCommand): void {
    const text = JSON.stringify(command)
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text)
    else if (this.#socket.readyState === WebSocket.CONNECTING) this.#waiting.push(text)
  }

  /** Sound is dropped where nobody listens yet, and while nobody takes it. */
  give(pcm: ArrayBuffer): void {
    const socket = this.#socket
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < maxWaitingBytes) socket.send(pcm)
  }

  close(): void {
    this.#socket.close()
  }
}
