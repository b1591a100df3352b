import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { ClientCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { onTestFinished } from 'vitest'
import type { Switchboard } from '../../src/index.ts'
import { type ProxyHttp, type ProxyHttpOptions, serveProxyHttp } from '../../src/proxy/index.ts'

export const token = 'a-token-of-the-tests'

/** A proxy in front of a switchboard, with one client unless it is told otherwise. */
export async function proxyOf(
  { switchboard }: { switchboard: Switchboard },
  { clients = { everybody: { token } }, ...options }: Partial<ProxyHttpOptions> = {},
): Promise<ProxyHttp> {
  const proxy = await serveProxyHttp(switchboard, { clients, ...options })
  onTestFinished(() => proxy.close())
  return proxy
}

/** A transport of the SDK to it. */
export function wayTo({ url }: { url: string }, as = token): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { Authorization: `Bearer ${as}` } },
  })
}

/** The SDK's own client, connected. */
export async function clientOf(
  proxy: { url: string },
  { as = token, capabilities = {} }: { as?: string; capabilities?: ClientCapabilities } = {},
): Promise<Client> {
  const client = new Client({ name: 'a stranger', version: '1' }, { capabilities })
  await client.connect(wayTo(proxy, as))
  onTestFinished(() => client.close())
  return client
}

/** An entry of `mcpServers` for a switchboard in front of a proxy. */
export function entryFor({ url }: { url: string }, options: object = {}, as = token) {
  return { url, headers: { Authorization: `Bearer ${as}` }, switchboard: { proxy: true, ...options } }
}
