import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Besieged } from './besieged.ts'
import { beginning, dial, roomIn } from './raw-request.ts'

const page = new Besieged()
beforeAll(() => page.open())
afterAll(() => page.close())

describe('a body', () => {
  const path = '/api/functions/charge/call'

  test('that is larger than a million bytes is not read to its end', async () => {
    const body = JSON.stringify({ arguments: { amount: 1, note: 'x'.repeat(1_000_000) } })
    expect((await page.post(path, body)).status).toBe(413)
    page.expectNothingDone()
  })

  test.each([
    ['with the token', () => page.headers, /^(HTTP\/1.1 413 |$)/],
    ['without it', () => ({ ...page.headers, cookie: '' }), /^(HTTP\/1.1 403 |$)/],
  ])('that never ends is cut off (%s)', async (_, headers, answer) => {
    const type = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const { socket, heard } = dial(page.port, beginning(`POST ${path}`, { ...headers(), ...type }))
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    while (!socket.destroyed) if (!socket.write(chunk)) await roomIn(socket)
    expect((await heard).toString()).toMatch(answer)
    page.expectNothingDone()
  })

  test.each([
    ['is no JSON', '{'],
    ['is nothing', ''],
    ['is another JSON', '[]'],
    ['is null', 'null'],
    ['is deeper than a stack', '['.repeat(400_000)],
    ['has no arguments', '{}'],
    ['has more than is asked for', '{"arguments":{"amount":1},"command":"rm"}'],
  ])('that %s is refused', async (_, body) => {
    expect((await page.post(path, body)).status).toBe(400)
    page.expectNothingDone()
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'of the type "%s", which a form of another page can send, is refused',
    async (type) => {
      const body = JSON.stringify({ arguments: { amount: 1 } })
      expect((await page.post(path, body, { 'content-type': type })).status).toBe(415)
      page.expectNothingDone()
    },
  )
})

test('what one reads cannot be written, and the other way round', async () => {
  expect((await page.post('/api/calls/x', '{}')).status).toBe(405)
  expect((await page.get('/api/functions/charge/call')).status).toBe(405)
  expect((await page.get('/api/servers/bank/fault')).status).toBe(405)
})
