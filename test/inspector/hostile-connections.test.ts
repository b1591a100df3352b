import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startPageServer } from '../../src/inspector/http/server.ts'
import { Besieged } from './besieged.ts'
import { LivePage } from './live-page.ts'
import { beginning, dial, roomIn, upgradeHeaders } from './raw-request.ts'

const page = new Besieged()
beforeAll(() => page.open())
afterAll(() => page.close())

test('a thousand connections that say nothing, or speak slowly, are cut off, and the page answers', async () => {
  const silent = Array.from({ length: 500 }, () => dial(page.port))
  const slow = Array.from({ length: 500 }, () =>
    dial(page.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${page.port}\r\nX-A: `),
  )
  const talking = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write('a')
  }, 500)
  onTestFinished(() => clearInterval(talking))
  await Promise.all([...silent, ...slow].map(({ heard }) => heard))
  expect((await page.get('/')).status).toBe(200)
})

test('headers without end are cut off', async () => {
  const { socket, heard } = dial(page.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${page.port}\r\n`)
  while (!socket.destroyed) {
    if (!socket.write(`X-A: ${'a'.repeat(1_000)}\r\n`)) await roomIn(socket)
    else await new Promise(setImmediate)
  }
  expect((await heard).toString()).toMatch(/^(HTTP\/1.1 431 |$)/)
})

/** A client that asks for a WebSocket without the token, and never ends its side. */
async function refusedHalfOpen(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(beginning('GET /live', { host: `127.0.0.1:${port}`, ...upgradeHeaders() }))
  const [reply] = await once(socket, 'data')
  expect(String(reply)).toMatch(/^HTTP\/1.1 403 /)
  await once(socket, 'end')
  return socket
}

test('a refused WebSocket whose client does not end its side does not stay', async () => {
  const socket = await refusedHalfOpen(page.port)
  // What is written to a connection that is gone is answered with a reset.
  while (!socket.destroyed) {
    if (!socket.write('a')) await roomIn(socket)
    else await new Promise(setImmediate)
  }
})

test('a refused WebSocket whose client does not end its side does not delay the end of the page', async () => {
  const server = await startPageServer({ host: '127.0.0.1', port: 0, routes: [], sockets: [] })
  const socket = await refusedHalfOpen(Number(new URL(server.urlOf('/')).port))
  await server.close()
  expect(socket.writable).toBe(true)
})

const bytes = (...values: number[]) => Buffer.from(values)

describe('a WebSocket of somebody who has the token', () => {
  const handshake = (path: string) => beginning(`GET ${path}`, { ...page.headers, ...upgradeHeaders() })
  /** The last frame that came: the code with which it was closed. */
  const codeOf = (heard: Buffer) => {
    const at = heard.lastIndexOf(0x88)
    return at === -1 ? undefined : heard.readUInt16BE(at + 2)
  }

  test.each([
    ['a frame that is not masked', bytes(0x81, 0x01, 0x41), 1002],
    ['an opcode that there is not', bytes(0x83, 0x80, 0, 0, 0, 0), 1002],
    ['reserved bits', bytes(0xf1, 0x80, 0, 0, 0, 0), 1002],
    ['a continuation of nothing', bytes(0x80, 0x80, 0, 0, 0, 0), 1002],
    ['a ping that is too long', bytes(0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0), 1002],
    ['text that is no UTF-8', bytes(0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28), 1007],
    ['a frame of 16 exabytes', bytes(0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0), 1009],
    ['a frame of 2 gigabytes', bytes(0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0), 1009],
    ['a frame larger than any command', bytes(0x81, 0xfe, 0x10, 0x01, 0, 0, 0, 0), 1009],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 1002],
  ])('that sends %s is closed, and no other', async (_, frame, code) => {
    const other = new LivePage(page.visitor)
    await other.sees('the first snapshot', ({ facts }) => facts)
    const { socket, heard } = dial(page.port, handshake('/live'))
    await once(socket, 'data')
    socket.write(frame)
    expect(codeOf(await heard)).toBe(code)
    expect(other.socket.readyState).toBe(other.socket.OPEN)
  })

  test('that sends parts without end is closed', async () => {
    const { socket, heard } = dial(page.port, handshake('/live'))
    await once(socket, 'data')
    socket.write(bytes(0x01, 0x80, 0, 0, 0, 0))
    const part = Buffer.concat([bytes(0x00, 0xfe, 0x04, 0x00, 0, 0, 0, 0), Buffer.alloc(1_024)])
    for (let count = 0; count < 5; count++) socket.write(part)
    expect(codeOf(await heard)).toBe(1009)
  })

  test.each(['{', '[]', '{"type":"follow"}', '{"type":"kill"}', '{"type":"follow","actorId":{}}', 'null'])(
    'that says %s is closed with a word',
    async (text) => {
      const socket = page.visitor.connect('/live')
      await once(socket, 'open')
      socket.send(text)
      expect(await once(socket, 'close')).toEqual([1008, Buffer.from('this is no command of the page')])
    },
  )

  test('that is cut in the middle of a frame harms nothing', async () => {
    const { socket } = dial(page.port, handshake('/live'))
    await once(socket, 'data')
    socket.write(bytes(0x81, 0xfe, 0x01))
    socket.resetAndDestroy()
    expect((await page.get('/')).status).toBe(200)
  })
})
