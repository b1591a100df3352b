import { createHash } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseError } from './failures.ts'

/**
 * A name that one process at a time can listen on, and that the kernel takes back when the process ends, however it ends: a
 * file with a process id would have to be judged by who finds it.
 */
export async function lockFolder(
  folder: string,
  platform: string = process.platform,
): Promise<() => Promise<void>> {
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32)
  const address = addressOf(`switchboard-registry-${name}`, platform)
  // Who asks is told who holds it.
  const server = createServer((socket) => socket.on('error', () => {}).end(String(process.pid)))
  server.unref()
  if (!(await listen(server, address))) {
    let holder = await ask(address)
    // A file of a process that has ended; an abstract name leaves none.
    if (holder === undefined && isFile(platform)) {
      await rm(address, { force: true })
      if (!(await listen(server, address))) holder = await ask(address)
    }
    if (!server.listening) {
      throw new DatabaseError(
        `the folder ${folder} is open in another process${holder ? ` (${holder})` : ''}; end that one (make keys before you start the service), or name a PostgreSQL server (DATABASE_URL), which several processes can share`,
      )
    }
  }
  return () => new Promise((resolve) => server.close(() => resolve()))
}

function isFile(platform: string): boolean {
  return platform !== 'linux' && platform !== 'win32'
}

function addressOf(name: string, platform: string): string {
  if (platform === 'linux') return `\0${name}`
  return platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
}

function listen(server: Server, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error)
    server.once('error', failed)
    server.listen(address, () => {
      server.off('error', failed)
      resolve(true)
    })
  })
}

/** The process that holds it; nothing where nobody does. */
function ask(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let told = ''
    const socket = createConnection(address)
    socket.setTimeout(1_000, () => socket.destroy())
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      told += text
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(/^\d{1,10}$/.exec(told)?.[0]))
  })
}
