import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createCredentialedFetch } from '../../src/actors/connection/credentialed-fetch.ts'
import { createRequestFetch } from '../../src/actors/connection/request-fetch.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { packageVersion } from '../../src/contract/version.ts'
import { listen } from '../support/listen.ts'

async function serve(handler: RequestListener) {
  const http = createServer(handler)
  const { port } = await listen(http)
  const { fetch, close } = createRequestFetch()
  onTestFinished(async () => {
    await close()
    http.close()
  })
  return { url: `http://127.0.0.1:${port}/`, fetch }
}

test('a server hears who asks, and that an answer which is encoded cannot be read', async () => {
  const { url, fetch } = await serve(({ headers }, response) => response.end(JSON.stringify(headers)))
  expect(await (await fetch(url, { headers: { 'X-Given': 'it' } })).json()).toEqual({
    'accept-encoding': 'identity',
    connection: 'keep-alive',
    host: new URL(url).host,
    'user-agent': `mcp-switchboard/${packageVersion}`,
    'x-given': 'it',
  })
  const named = await fetch(url, { headers: { 'User-Agent': 'mine' } })
  expect(await named.json()).toMatchObject({ 'user-agent': 'mine' })
})

test('a refusal whose body never ends does not hold up the request with new credentials', async () => {
  const { url, fetch } = await serve(({ headers }, response) => {
    if (headers.authorization === 'Bearer new') return response.end('done')
    response.writeHead(401).write('refused, and ')
  })
  const credentials = {
    authorization: 'Bearer old',
    refuse: async () => {
      credentials.authorization = 'Bearer new'
      return { isRenewed: true, reason: 'renewed' }
    },
  }
  const target = new SealedTarget({ kind: 'http', url, headers: {} })
  const answer = await createCredentialedFetch(fetch, credentials, target)(url)
  expect([answer.status, await answer.text()]).toEqual([200, 'done'])
})
