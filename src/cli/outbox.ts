import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { type OutboxMail, parseMail, type StoredMail } from './stored-mail.ts'

const maxMessageBytes = 10_000_000

export interface OutboxOptions {
  /** Made when it does not exist. Mail of earlier runs stays. */
  folder: string
  /**
   * Called when the file is on disk and before the client gets its answer, which waits for it. When it rejects,
   * the file is removed and the client is told 451: nothing is kept that the client believes refused.
   */
  onStored?: ((mail: StoredMail) => void | Promise<void>) | undefined
}

export interface Outbox {
  /** smtp://127.0.0.1:PORT, without a user name. */
  url: string
  folder: string
  /** Everything in the folder, in the order of its numbers. */
  messages(): Promise<OutboxMail[]>
  /** Ends open connections too. */
  close(): Promise<void>
}

/** A mail server on loopback that keeps each message as a file and forwards none. */
export async function startOutbox(options: OutboxOptions): Promise<Outbox> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true })
  let lastNumber = Math.max(0, ...(await mailFiles(folder)).map((name) => Number.parseInt(name, 10)))
  const sockets = new Set<Socket>()

  const smtpServer = new SMTPServer({
    name: 'switchboard-outbox',
    banner: 'local outbox, forwards nothing',
    authOptional: true,
    // Its built-in certificate is public; loopback needs none.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: maxMessageBytes,
    onData(stream, session, answer) {
      keep(stream, session).then(
        (name) => answer(null, `OK: kept in the local outbox as ${name}`),
        (error: unknown) => answer(error instanceof Error ? error : new Error('The mail cannot be kept')),
      )
    },
  })
  // A client that vanishes while it is answered is no failure of the outbox.
  smtpServer.on('error', () => undefined)
  smtpServer.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  async function keep(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const chunks: Buffer[] = []
    for await (const chunk of stream) if (!stream.sizeExceeded) chunks.push(Buffer.from(chunk))
    if (stream.sizeExceeded) throw refusal(552, `The mail is larger than ${maxMessageBytes} bytes`)
    const { mailFrom, rcptTo } = session.envelope
    const from = mailFrom === false ? '' : mailFrom.address
    const to = rcptTo.map(({ address }) => address)
    const envelope = [`Return-Path: <${from}>`, ...to.map((address) => `Delivered-To: ${address}`)]
    const content = Buffer.concat([Buffer.from(`${envelope.join('\r\n')}\r\n`), ...chunks])
    const { subject } = parseMail('', content)
    const name = await writeNumbered(content, subject)
    const file = join(folder, name)
    try {
      await options.onStored?.({ file, from, to, subject })
    } catch {
      await rm(file, { force: true })
      throw refusal(451, 'The mail was not kept')
    }
    return name
  }

  /** A link instead of a rename: it never replaces the file of another process with the same number. */
  async function writeNumbered(content: Buffer, subject: string): Promise<string> {
    const unfinished = join(folder, `.${randomUUID()}.tmp`)
    await writeFile(unfinished, content, { flag: 'wx', flush: true })
    try {
      for (;;) {
        lastNumber += 1
        const name = `${[String(lastNumber).padStart(4, '0'), words(subject)].filter(Boolean).join('-')}.eml`
        const taken = await link(unfinished, join(folder, name)).then(
          () => false,
          (error: NodeJS.ErrnoException) => {
            if (error.code === 'EEXIST') return true
            throw error
          },
        )
        if (!taken) return name
      }
    } catch {
      throw refusal(452, 'The mail cannot be written')
    } finally {
      await rm(unfinished, { force: true })
    }
  }

  const port = await new Promise<number>((listening, failed) => {
    smtpServer.server.once('error', failed)
    smtpServer.listen(0, '127.0.0.1', () => {
      const address = smtpServer.server.address()
      if (typeof address === 'object' && address !== null) listening(address.port)
    })
  })

  let closing: Promise<void> | undefined
  return {
    url: `smtp://127.0.0.1:${port}`,
    folder,
    async messages() {
      const names = await mailFiles(folder)
      return Promise.all(
        names.map(async (name) => parseMail(join(folder, name), await readFile(join(folder, name)))),
      )
    },
    close() {
      closing ??= new Promise((closed) => {
        smtpServer.close(closed)
        for (const socket of sockets) socket.destroy()
      })
      return closing
    },
  }
}

async function mailFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => /^\d{4,}\b.*\.eml$/.test(name))
    .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

function words(subject: string): string {
  return subject
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
}
