import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { expect, onTestFinished, test } from 'vitest'
import { type OutboxOptions, startOutbox } from '../../src/cli/outbox.ts'
import type { StoredMail } from '../../src/cli/stored-mail.ts'
import { temporaryFolder } from './support.ts'

const mail = { from: 'bob@example.com', to: ['carol@example.com'], subject: 'lunch', text: 'noon' }

async function start(options: Partial<OutboxOptions> = {}) {
  const outbox = await startOutbox({ folder: await temporaryFolder(), ...options })
  onTestFinished(() => outbox.close())
  return { ...outbox, send: (message: object) => createTransport(outbox.url).sendMail(message) }
}

test('each mail becomes a numbered file, and is read back as it was', async () => {
  const outbox = await start()
  const long = `${'many words '.repeat(30)}end`

  await outbox.send(mail)
  await outbox.send({ ...mail, subject: '会议 ../../x', text: 'ü\n.\n..dots', to: ['a@b.c', 'd@e.f'] })
  await outbox.send({
    ...mail,
    subject: `${'a long subject '.repeat(10)}ü`,
    text: long,
    bcc: 'eve@example.com',
  })

  const file = (name: string) => join(outbox.folder, name)
  expect(await outbox.messages()).toEqual([
    { ...mail, file: file('0001-lunch.eml') },
    {
      file: file('0002-x.eml'),
      from: 'bob@example.com',
      to: ['a@b.c', 'd@e.f'],
      subject: '会议 ../../x',
      text: 'ü\n.\n..dots',
    },
    {
      file: file('0003-a-long-subject-a-long-subject-a-long-sub.eml'),
      from: 'bob@example.com',
      to: ['carol@example.com', 'eve@example.com'],
      subject: `${'a long subject '.repeat(10)}ü`,
      text: long,
    },
  ])
  expect((await readdir(outbox.folder)).length).toBe(3)
})

test('a later outbox in the same folder goes on counting, and two at once replace no mail', async () => {
  const first = await start()
  await first.send(mail)
  const second = await start({ folder: first.folder })

  await Promise.all([first, second, first, second].map(({ send }) => send(mail)))

  expect((await readdir(first.folder)).sort()).toEqual(
    [1, 2, 3, 4, 5].map((number) => `000${number}-lunch.eml`),
  )
})

test('onStored is called when the file is on disk, and the client waits for it', async () => {
  const order: string[] = []
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let stored: (value: StoredMail) => void = () => undefined
  const called = new Promise<StoredMail>((resolve) => {
    stored = resolve
  })
  const outbox = await start({
    onStored: async (value) => {
      stored(value)
      await held
      order.push('stored')
    },
  })

  const sending = outbox.send(mail).then(() => order.push('answered'))
  const { file, ...envelope } = await called
  expect(envelope).toEqual({ from: mail.from, to: mail.to, subject: mail.subject })
  expect(await readFile(file, 'utf8')).toContain('noon')
  expect(order).toEqual([])
  release()
  await sending

  expect(order).toEqual(['stored', 'answered'])
})

test('when onStored rejects, the client is refused and no file stays', async () => {
  const outbox = await start({ onStored: () => Promise.reject(new Error('no')) })

  await expect(outbox.send(mail)).rejects.toMatchObject({ responseCode: 451, command: 'DATA' })

  expect(await readdir(outbox.folder)).toEqual([])
})

test('a client that vanishes before its answer leaves the mail and a working outbox', async () => {
  let vanish: () => Promise<unknown> = async () => undefined
  const outbox = await start({ onStored: async () => void (await vanish()) })
  const socket = connect(Number(new URL(outbox.url).port), '127.0.0.1')
  vanish = () => {
    socket.resetAndDestroy()
    vanish = async () => undefined
    return once(socket, 'close')
  }
  await once(socket, 'data')
  for (const line of ['HELO x', 'MAIL FROM:<bob@example.com>', 'RCPT TO:<carol@example.com>', 'DATA']) {
    socket.write(`${line}\r\n`)
    await once(socket, 'data')
  }
  socket.write('Subject: gone\r\n\r\nbye\r\n.\r\n')
  await once(socket, 'close')

  await outbox.send(mail)

  expect((await outbox.messages()).map(({ subject }) => subject)).toEqual(['gone', 'lunch'])
})

test.each([
  ['ended', (socket: Socket) => socket.end('by')],
  ['reset', (socket: Socket) => socket.resetAndDestroy()],
])('a message whose connection was %s in the middle is not kept, and the outbox goes on', async (_, cut) => {
  const outbox = await start()
  const socket = connect(Number(new URL(outbox.url).port), '127.0.0.1')
  await once(socket, 'data')
  for (const line of ['HELO x', 'MAIL FROM:<bob@example.com>', 'RCPT TO:<carol@example.com>', 'DATA']) {
    socket.write(`${line}\r\n`)
    await once(socket, 'data')
  }
  await new Promise((written) => socket.write('Subject: half\r\n\r\n', written))
  cut(socket)
  await once(socket, 'close')
  await outbox.send(mail)

  expect((await readdir(outbox.folder)).sort()).toEqual(['0001-lunch.eml'])
})

test('a mail that is too large is refused and not kept', async () => {
  const outbox = await start()

  await expect(outbox.send({ ...mail, text: 'x'.repeat(10_100_000) })).rejects.toMatchObject({
    responseCode: 552,
  })

  expect(await readdir(outbox.folder)).toEqual([])
})

test('close ends connections that are still open', async () => {
  const outbox = await start()
  const socket = connect(Number(new URL(outbox.url).port), '127.0.0.1')
  await once(socket, 'data')

  await Promise.all([once(socket, 'close'), outbox.close()])
  await outbox.close()
})
