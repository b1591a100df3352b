import { createServer, type ServerResponse } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createRequestFetch } from '../../src/actors/connection/request-fetch.ts'
import { listen } from '../support/listen.ts'

// Alone in its file: what undici counts time by is made at its first request.
test('an answer, and each piece of it, may take longer than five minutes', async () => {
  const asked: ServerResponse[] = []
  const http = createServer((_, response) => void asked.push(response))
  const { port } = await listen(http)
  const { fetch, close } = createRequestFetch()
  onTestFinished(async () => {
    vi.useRealTimers()
    await close()
    http.close()
  })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })

  const answered = fetch(`http://127.0.0.1:${port}/`)
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  await vi.advanceTimersByTimeAsync(400_000)
  asked[0]?.write('at ')
  const text = (await answered).text()
  await vi.advanceTimersByTimeAsync(400_000)
  asked[0]?.end('last')
  expect(await text).toBe('at last')
})
