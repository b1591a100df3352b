import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'
import { listening } from '../../http/listening.ts'
import { half, type McpParts, McpSession, type Message, messageSchema } from './mcp.ts'
import { addressVariable, type ProcessOrder } from './stdio-orders.ts'
import { Gate, type Wire } from './wire.ts'

// Tests run from the sources, and Node 20 cannot run TypeScript: they use the program that was built.
const program = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/testing/fault-server/stdio-process.js', import.meta.url)
    : new URL('./stdio-process.js', import.meta.url),
)

const helloSchema = z.object({ token: z.string(), pid: z.number() })

/** A server whose processes its clients start; what they hear and say is decided here, in the process of the test. */
export async function serveStdio(parts: McpParts): Promise<Wire> {
  const token = randomUUID()
  const processes = new Set<ServerProcess>()
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    const lines = createInterface(socket)
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    lines.once('line', (line) => {
      const hello = helloSchema.safeParse(parseJson(line)).data
      if (hello?.token !== token) return socket.destroy()
      const started = new ServerProcess(parts, socket, hello.pid)
      processes.add(started)
      socket.once('close', () => {
        processes.delete(started)
        started.end()
      })
      lines.on('line', (later) => started.hear(later))
    })
  })
  const { port } = await listening(listener, '127.0.0.1', 0, 'the fault server')
  // A test that ends without `close()` is not held up.
  listener.unref()
  const killAll = async () => {
    await Promise.all([...processes].map((started) => started.kill()))
  }

  return {
    entry: {
      command: process.execPath,
      args: [program],
      env: { [addressVariable]: `${port} ${token}` },
    },
    kill: killAll,
    restart: killAll,
    freeze: () => {
      for (const started of processes) started.gate.shut()
    },
    thaw: () => {
      for (const started of processes) started.gate.open()
    },
    async close() {
      listener.close()
      await killAll()
      // A process that has not said yet who it is ends by itself then.
      for (const socket of sockets) socket.destroy()
    },
  }
}

class ServerProcess {
  readonly gate = new Gate()
  readonly #session: McpSession

  constructor(
    parts: McpParts,
    private readonly socket: Socket,
    private readonly pid: number,
  ) {
    this.#session = new McpSession(parts)
  }

  hear(line: string): void {
    const { data: message } = messageSchema.safeParse(parseJson(line))
    if (message) void this.#serve(message)
  }

  end(): void {
    this.#session.end()
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.socket.destroyed) return
    const gone = once(this.socket, 'close')
    try {
      process.kill(this.pid, 'SIGKILL')
    } catch {
      // It went by itself just now.
    }
    await gone
  }

  async #serve(message: Message): Promise<void> {
    await this.gate.passed()
    const { id, method } = message
    if (id === undefined || method === undefined) return this.#session.hear(message)
    const notify = (notification: object) => {
      if (this.gate.isOpen) this.#write(line(notification))
    }
    const { answer, fault, finish } = await this.#session.reply(id, message, notify)
    switch (fault?.kind) {
      case 'die':
      case 'restart':
        return this.kill()
      case 'cut':
        return this.#write(half(answer), true)
      case 'hang':
        return
      case 'freeze':
        return this.gate.shut()
      case 'garble':
        return this.#write(`DEBUG answering ${line(answer)}`)
      case 'slow':
        await delay(fault.delayMs, undefined, { ref: false })
    }
    await this.gate.passed()
    if (finish()) this.#write(line(answer))
  }

  #write(write: string, dies = false): void {
    const order: ProcessOrder = { write, dies }
    if (!this.socket.destroyed) this.socket.write(line(order))
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
