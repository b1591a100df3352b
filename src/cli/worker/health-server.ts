import { createServer, type ServerResponse } from 'node:http'
import { UsageError } from '../failure.ts'
import type { Health } from './health.ts'

export interface HealthServer {
  url: string
  close(): Promise<void>
}

/**
 * `/livez`: this process answers, whatever the servers do, since an orchestrator restarts what is not alive. `/readyz`: 200 or
 * 503, and why. @throws UsageError where the port cannot be had
 */
export async function startHealthServer(
  host: string,
  port: number,
  health: () => Health,
): Promise<HealthServer> {
  const server = createServer(({ method, url = '' }, response) => {
    if (method !== 'GET' && method !== 'HEAD') return answer(response, 405, { error: 'only GET and HEAD' })
    const path = url.split('?')[0]
    if (path === '/livez') return answer(response, 200, { alive: true })
    if (path !== '/readyz') return answer(response, 404, { error: 'there is /livez and /readyz' })
    const now = health()
    answer(response, now.ready ? 200 : 503, now)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new UsageError(
          `--health-port ${port}: cannot listen on ${host} (${error.message}); choose another port with --health-port`,
        ),
      )
    })
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
