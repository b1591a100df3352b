import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { open } from '../support/opened.ts'
import { json, RawServer } from '../support/raw-http.ts'

function refuse(response: ServerResponse, status: number, id: unknown, code: number, data?: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: 'refused', data } }))
}

/** It speaks MCP 2026-07-28 only. */
async function startServer(): Promise<RawServer> {
  const server = await RawServer.start()
  const result = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
  const capabilities = { tools: {} }
  server.handlers.set('initialize', (response, id) => refuse(response, 400, id, -32020))
  server.handlers.set('server/discover', (response, id) =>
    json(response, {
      ...{ jsonrpc: '2.0', id },
      result: { ...result, supportedVersions: ['2026-07-28'], capabilities },
    }),
  )
  server.handlers.set('tools/list', (response, id) =>
    json(response, { jsonrpc: '2.0', id, result: { ...result, tools: server.tools } }),
  )
  return server
}

test('a server that takes no initialize and wants a sign-in is unauthorized, not asked again and again', async () => {
  const server = await startServer()
  server.handlers.set('server/discover', (response) => response.writeHead(401).end())
  const opened = open({ bank: { url: server.url } })
  await opened.untilState('bank', 'unauthorized')
  expect(server.received).toEqual(['server/discover'])
})

test('a server that refuses our version and names it as one that it speaks is asked once more', async () => {
  const server = await startServer()
  const discover = server.handlers.get('server/discover')
  server.handlers.set('server/discover', (response, id, request) => {
    if (server.count('server/discover') > 1) discover?.(response, id, request)
    else refuse(response, 400, id, -32022, { supported: ['2026-07-28'], requested: '2026-07-28' })
  })
  const opened = open({ bank: { url: server.url } })
  await opened.untilState('bank', 'ready')
  expect(server.received).toEqual(['server/discover', 'server/discover', 'tools/list'])
})
