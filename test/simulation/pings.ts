import type { ConnectionEvent } from '../../src/contract/connection.ts'
import type { Process, SimulatedServer } from './server.ts'

interface PingedConnection {
  server: SimulatedServer
  process: Process
  generation: number
  say: (event: ConnectionEvent) => void
  lose: (reason: string) => void
}

/** When a connection last heard of its server, and how it asks. */
export class Pings {
  #isChecking = false
  #reportNextByte = false
  #lastByteAt = 0

  constructor(private readonly connection: PingedConnection) {}

  heard(): void {
    const { server, generation, say } = this.connection
    this.#lastByteAt = server.world.now
    if (!this.#reportNextByte) return
    this.#reportNextByte = false
    say({ type: 'connection.heard', generation, at: this.#lastByteAt })
  }

  check(timeoutMs: number): void {
    if (this.#isChecking) return
    this.#isChecking = true
    const { server, process, generation, say, lose } = this.connection
    const { world } = server
    const askedAt = world.now
    const inVain = world.after(timeoutMs, () => {
      this.#isChecking = false
      this.#reportNextByte = true
      say({ type: 'connection.checked', generation, ok: false, lastByteAt: this.#lastByteAt })
    })
    if (server.suffers('no pongs')) return
    if (server.place.over === 'http' && process.isDead) {
      world.cancel(inVain)
      world.after(1, () => lose('it has lost our session'))
      return
    }
    world.after(server.takes(1, 50), () =>
      server.whenAwake(process, () => {
        this.heard()
        if (inVain.isCancelled) return
        world.cancel(inVain)
        this.#isChecking = false
        const latencyMs = world.now - askedAt
        say({ type: 'connection.checked', generation, ok: true, lastByteAt: this.#lastByteAt, latencyMs })
      }),
    )
  }
}
