import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Conversation, Outcome, Switchboard } from '../../src/index.ts'
import type { ProxyHttp } from '../../src/proxy/index.ts'
import { until } from '../support/until.ts'
import { echoing } from './echoing.ts'
import { clientOf, proxyOf, token } from './proxied.ts'

test('a client that reads nothing of what it is told is dropped before it piles up, and its call cancelled', async () => {
  const { switchboard } = echoing()
  let told = 0
  const call: Conversation['call'] = async (_name, _args, { signal, onProgress } = {}): Promise<Outcome> => {
    const message = 'x'.repeat(1_000)
    while (signal?.aborted !== true && told < 100_000) {
      onProgress?.({ progress: told++, message })
      if (told % 100 === 0) await setImmediate()
    }
    const error = { code: 'cancelled', effect: 'unknown', message: 'It was cancelled.' } as const
    return { ok: false, callId: 'a', error, attempts: [], durationMs: 0 }
  }
  const conversation = { ...switchboard.conversation(), call }
  await unreadCall({ ...switchboard, conversation: () => conversation })
  await until(() => told > 0, 'it is told')
  let last = 0
  await until(() => {
    const isStill = last === told
    last = told
    return isStill
  }, 'nothing more is told')
  // What its own side and the kernel hold comes on top of what the proxy keeps.
  expect(told).toBeLessThan(50_000)
})

test('a client that does not read its answer does not hold up the end', async () => {
  const { switchboard } = echoing()
  let isAnswered = false
  const call: Conversation['call'] = async (): Promise<Outcome> => {
    isAnswered = true
    // More than the kernel holds.
    const content = [{ type: 'text', text: 'x'.repeat(40_000_000) }]
    return { ok: true, callId: 'a', server: 'echo', content, text: '', attempts: [], durationMs: 0 }
  }
  const conversation = { ...switchboard.conversation(), call }
  const proxy = await unreadCall({ ...switchboard, conversation: () => conversation })
  await until(() => isAnswered, 'it is answered')
  await proxy.close()
})

/** A client that calls, and reads nothing from then on. */
async function unreadCall(switchboard: Switchboard): Promise<ProxyHttp> {
  const proxy = await proxyOf({ switchboard })
  const session = (await clientOf(proxy)).transport?.sessionId ?? ''
  const body = JSON.stringify({
    ...{ jsonrpc: '2.0', id: 'a', method: 'tools/call' },
    params: { name: 'tell', _meta: { progressToken: 1 } },
  })
  const socket = connect(proxy.port, '127.0.0.1').pause()
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const headers = [
    ...[`Host: 127.0.0.1:${proxy.port}`, `Authorization: Bearer ${token}`, `Mcp-Session-Id: ${session}`],
    ...['Content-Type: application/json', 'Accept: application/json, text/event-stream'],
    `Content-Length: ${body.length}`,
  ]
  socket.write(['POST /mcp HTTP/1.1', ...headers, '', body].join('\r\n'))
  return proxy
}
