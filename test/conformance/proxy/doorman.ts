/** The suite has no token for a proxy: it asks here, and this puts one in. All else goes on as it came. */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { listening } from '../../../src/http/listening.ts'

export async function startDoorman(proxy: URL, token: string): Promise<{ url: string; close(): void }> {
  const server = createServer((incoming, answer) => {
    const { method, url: path } = incoming
    const onward = httpRequest(new URL(path ?? '/', proxy), { method, headers: headersOf(incoming) })
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      answer.flushHeaders()
      response.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  const { port } = await listening(server, '127.0.0.1', 0, 'the conformance suite')
  const own = `127.0.0.1:${port}`

  /** Who asks for this address asks for the proxy's; for any other, the proxy is to see it. */
  function headersOf({ headers }: IncomingMessage) {
    const names = [own, `localhost:${port}`]
    const meant = (value: string | undefined) =>
      names.reduce((text, name) => text?.replace(name, proxy.host), value)
    const { host, origin } = headers
    return {
      ...headers,
      host: meant(host) ?? '',
      ...(origin === undefined ? {} : { origin: meant(origin) ?? '' }),
      authorization: `Bearer ${token}`,
    }
  }

  return {
    url: `http://${own}${proxy.pathname}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
