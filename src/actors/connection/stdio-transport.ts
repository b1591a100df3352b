import type { z } from 'zod'
import type { ServerProcess } from './server-process.ts'

/** One client's hold on a server process, in either SDK's words. Closing it leaves the process to the next client. */
export class StdioTransport<Message> {
  onmessage?: (message: Message) => void
  onclose?: () => void
  onerror?: (error: Error) => void

  constructor(
    private readonly process: ServerProcess,
    private readonly messageSchema: z.ZodType<Message>,
  ) {}

  async start(): Promise<void> {
    this.process.onmessage = (raw) => this.onmessage?.(this.messageSchema.parse(raw))
    await this.process.start()
  }

  send(message: object): Promise<void> {
    return this.process.send(message)
  }

  async close(): Promise<void> {
    this.process.onmessage = undefined
    this.onclose?.()
  }
}
