import { createServer, type Server } from 'node:net'

/** On any free port of loopback. */
export async function listen(server: Server): Promise<{ url: string; host: string; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  const host = `127.0.0.1:${address.port}`
  return { url: `http://${host}`, host, port: address.port }
}

/** A port on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = createServer()
  const { port } = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
