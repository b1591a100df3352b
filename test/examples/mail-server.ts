import { createServer, type Socket } from 'node:net'

export interface Replies {
  /** `null`: the connection is cut instead of answering. `undefined`: no answer at all. */
  greeting?: string | null | undefined
  ehlo?: string | null | undefined
  auth?: string | null | undefined
  rcpt?: string | null | undefined
  data?: string | null | undefined
  message?: string | null | undefined
}

const usual: Replies = {
  greeting: '220 test',
  ehlo: '250-test\r\n250 AUTH PLAIN',
  auth: '235 ok',
  rcpt: '250 ok',
  data: '354 go on',
  message: '250 OK: queued',
}

export interface MailServer {
  host: string
  /** From now on it has this fault, and has received nothing. */
  behave(fault: Replies): void
  /** The messages that it received in full. */
  received: string[]
  close(): void
}

/** A mail server with one fault at a time. */
export async function startMailServer(): Promise<MailServer> {
  let replies = usual
  const received: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    answer(socket, replies.greeting)
    let input = ''
    let inMessage = false
    socket.on('data', (chunk) => {
      input += chunk.toString()
      for (;;) {
        const end = input.indexOf(inMessage ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const part = input.slice(0, end)
        input = input.slice(end + (inMessage ? 5 : 2))
        if (inMessage) {
          received.push(part)
          inMessage = false
          answer(socket, replies.message)
        } else if (/^EHLO/i.test(part)) answer(socket, replies.ehlo)
        else if (/^AUTH/i.test(part)) answer(socket, replies.auth)
        else if (/^RCPT/i.test(part)) answer(socket, replies.rcpt)
        else if (/^DATA/i.test(part)) {
          inMessage = replies.data?.startsWith('354') ?? false
          answer(socket, replies.data)
        } else answer(socket, '250 ok')
      }
    })
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const behave = (fault: Replies) => {
    replies = { ...usual, ...fault }
    received.length = 0
  }
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { host: `127.0.0.1:${address.port}`, behave, received, close }
}

function answer(socket: Socket, reply: string | null | undefined): void {
  if (reply === null) socket.destroy()
  else if (reply !== undefined) socket.write(`${reply}\r\n`)
}
