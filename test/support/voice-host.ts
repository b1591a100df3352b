import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Voice, VoiceCall } from '../../src/inspector/voice/index.ts'
import { listen } from './listen.ts'

/** A server with nothing but `/voice`. */
export class VoiceHost {
  readonly calls: VoiceCall[] = []
  url = ''

  static async of(voice: Pick<Voice, 'hold'>): Promise<VoiceHost> {
    const host = new VoiceHost()
    const server = createServer()
    const sockets = new WebSocketServer({ server, maxPayload: 1024 * 1024 })
    sockets.on('connection', (socket) => host.calls.push(voice.hold(socket)))
    onTestFinished(async () => {
      for (const client of sockets.clients) client.terminate()
      await Promise.all(host.calls.map(({ ended }) => ended))
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    host.url = (await listen(server)).url.replace('http', 'ws')
    return host
  }
}
