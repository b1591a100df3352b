/** What a server says and refuses that speaks MCP 2026-07-28 alone, as one on the second SDK does. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const modernVersion = '2026-07-28'
const meta = (name) => `io.modelcontextprotocol/${name}`
const subscription = meta('subscriptionId')

/** What a process speaks that is started now: what the file `era` says goes before `era`. */
export function eraIn(directory, era) {
  const file = join(directory, 'era')
  return existsSync(file) ? readFileSync(file, 'utf8') : era
}

/** The JSON-RPC error that answers a request of another era, or undefined. */
export function refusedByBody({ method, params = {} }) {
  const envelope = params._meta ?? {}
  const requested = method === 'initialize' ? params.protocolVersion : envelope[meta('protocolVersion')]
  if (method === 'initialize' || requested !== modernVersion) {
    const message = `Unsupported protocol version: ${requested ?? 'the request names none'}`
    return { code: -32022, message, data: { supported: [modernVersion], requested } }
  }
  if (envelope[meta('clientCapabilities')] === undefined) {
    return { code: -32602, message: 'Invalid _meta envelope: clientCapabilities is missing' }
  }
  return undefined
}

/** The error where the headers do not say what the body says. */
export function refusedByHeaders({ method, params = {} }, headers) {
  const expected = {
    'mcp-protocol-version': params._meta?.[meta('protocolVersion')],
    'mcp-method': method,
    ...(method === 'tools/call' ? { 'mcp-name': params.name } : {}),
  }
  const wrong = Object.keys(expected).find((name) => headers[name] !== expected[name])
  if (wrong === undefined) return undefined
  const data = { mismatch: { header: headers[wrong] ?? '(missing)', body: expected[wrong] } }
  return { code: -32020, message: `The headers and the body disagree: ${wrong}`, data }
}

export function capabilitiesOf({ params }) {
  return params?._meta?.[meta('clientCapabilities')]
}

export function discovered(capabilities) {
  return { supportedVersions: [modernVersion], capabilities }
}

const cacheable = new Set(['server/discover', 'tools/list'])

/** With what every result of this era carries. `ttlMs`: how long a client may keep a listing. */
export function complete(method, result, ttlMs = 0) {
  return {
    resultType: 'complete',
    ...(cacheable.has(method) ? { ttlMs, cacheScope: 'private' } : {}),
    ...result,
    _meta: { [meta('serverInfo')]: { name: 'test', version: '1.0.0' }, ...result._meta },
  }
}

/** A stream of events, by the id of the request that opened it. */
export function subscribed(id, filter, send) {
  const stamped = ({ params, ...message }) => ({
    ...message,
    params: { ...params, _meta: { [subscription]: id } },
  })
  const tell = (message) => send(stamped({ jsonrpc: '2.0', ...message }))
  tell({ method: 'notifications/subscriptions/acknowledged', params: { notifications: filter } })
  return {
    tell,
    /** As a server does that goes away in good order. */
    end: () =>
      send({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta: { [subscription]: id } } }),
  }
}
