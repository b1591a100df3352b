import { once } from 'node:events'
import { createServer } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Line } from '../../src/inspector/voice/line.ts'
import { listen } from '../support/listen.ts'
import { until } from '../support/until.ts'

const piece = new Int16Array(48_000)
/** 67 MB: far more than an operating system takes on behalf of a reader who sleeps. */
const manyPieces = 700
const never = new AbortController().signal

/** A line, and the page at its other end. */
async function connect(maxStandstillMs?: number) {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  const { url } = await listen(server)
  const page = new WebSocket(url.replace('http', 'ws'))
  const [socket] = await once(sockets, 'connection')
  await once(page, 'open')
  onTestFinished(async () => {
    page.terminate()
    socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
  const received: boolean[] = []
  page.on('message', (_, isBinary) => received.push(isBinary))
  const standstills: boolean[] = []
  const line = new Line(socket, { maxStandstillMs, onStandstill: () => standstills.push(line.isOpen) })
  return { line, page, socket, received, standstills }
}

const flood = (line: Line) => {
  for (let sent = 0; sent < manyPieces; sent++) line.sendSound(1, piece)
}

async function isThere(room: Promise<void>): Promise<boolean> {
  return Promise.race([room.then(() => true), nextTurn(false)])
}

test('who waits for room piles up no sound', async () => {
  const { line, socket, received } = await connect()
  const waiting: number[] = []
  for (let sent = 0; sent < manyPieces; sent++) {
    await line.roomForSound(never)
    line.sendSound(1, piece)
    waiting.push(socket.bufferedAmount)
  }
  expect(Math.max(...waiting)).toBeLessThan(1024 * 1024)
  await until(() => received.length === manyPieces, 'all of it arrives')
})

test('there is no room while a page does not read, and all of it arrives when it does', async () => {
  const { line, page, received, standstills } = await connect()
  page.pause()
  flood(line)
  const room = line.roomForSound(never)
  expect(await isThere(room)).toBe(false)
  page.resume()
  await room
  line.tell({ type: 'clear' })
  await until(() => received.length === manyPieces + 1, 'all of it arrives')
  expect(received.at(-1)).toBe(false)
  expect(standstills).toEqual([])
})

test('sound that nobody wants any more does not wait', async () => {
  const { line, page } = await connect()
  page.pause()
  flood(line)
  const cleared = new AbortController()
  const room = line.roomForSound(cleared.signal)
  expect(await isThere(room)).toBe(false)
  cleared.abort()
  await room
})

test('a page that takes nothing for too long is cut off, and nobody waits for it any more', async () => {
  const { line, page, standstills } = await connect(300)
  page.pause()
  flood(line)
  await line.roomForSound(never)
  expect(line.isOpen).toBe(false)
  expect(standstills).toEqual([true])
  line.tell({ type: 'clear' })
  await line.roomForSound(never)
})
