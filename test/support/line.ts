import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** The wire between an agent and its model, which a test can cut. What connects later is through again. */
export class Line {
  readonly #sockets = new Set<Socket>()
  readonly #server

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1')
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.#sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.pipe(far).pipe(near)
    })
  }

  /** To the endpoint with this address. */
  static async to(url: string): Promise<Line> {
    const line = new Line(Number(new URL(url).port))
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    return line
  }

  /** Of an endpoint behind it, which has the same path. */
  urlLike(url: string): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    const through = new URL(url)
    through.port = String(address.port)
    return through.href
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }
}
