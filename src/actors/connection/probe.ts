import type { ServerDefinition } from '../../config/definition.ts'
import { type ClientListener, capabilities, clientInfo, modernVersion } from './client.ts'
import { Exchange, runExchange } from './exchange.ts'
import { failureOf } from './failed-request.ts'
import { connectProblemOf, isNeverConnected, type Problem } from './failure.ts'
import type { HttpLink } from './link.ts'
import { createWatchedFetch } from './watched-fetch.ts'

/** A server that is silent for so long is asked in the older way. */
const probeTimeoutMs = 5_000
const maxCharacters = 64 * 1024
/** What these say would be said to every other request, too. */
const saysEnough = new Set([401, 403, 429, 503])

const nothingRead = { rpcCode: undefined, status: undefined, isUnreadable: false }

const discover = {
  jsonrpc: '2.0',
  id: 'discover',
  method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': modernVersion,
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    },
  },
}

/**
 * Whether an address speaks MCP 2026-07-28, asked by one `server/discover` without its SDK; or what stands in the way of any
 * request. An older server refuses it, in whatever way.
 */
export async function probe(
  definition: ServerDefinition,
  link: HttpLink,
  listener: ClientListener,
  closing: AbortSignal,
): Promise<'modern' | 'legacy' | Problem> {
  const { disturbance, reach, target } = link
  const exchange = new Exchange()
  const watched = createWatchedFetch(
    { onBytes: () => listener.onBytes(), onEventStreamGap: () => {}, onEventStreamLost: () => {} },
    { disturbance, reach },
  )
  const timer = setTimeout(watched.abortAll, probeTimeoutMs)
  closing.addEventListener('abort', watched.abortAll)
  const request: RequestInit = {
    method: 'POST',
    redirect: 'manual',
    headers: {
      ...target.headers,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-method': discover.method,
      'mcp-protocol-version': modernVersion,
    },
    body: JSON.stringify(discover),
  }
  const failure = (error: unknown) => failureOf(definition, error, exchange, nothingRead)
  try {
    const response = await runExchange(exchange, () => watched.fetch(target.url, request))
    if (saysEnough.has(response.status)) {
      return connectProblemOf(failure(new Error(await textOf(response))))
    }
    // A refusal that names the version is of a server that wants it otherwise.
    const isTold = response.ok || response.status === 400
    return isTold && (await textOf(response)).includes(`"${modernVersion}"`) ? 'modern' : 'legacy'
  } catch (error) {
    const failed = failure(error)
    return isNeverConnected(failed.systemCode) ? connectProblemOf(failed) : 'legacy'
  } finally {
    clearTimeout(timer)
    closing.removeEventListener('abort', watched.abortAll)
    exchange.end()
    watched.abortAll()
  }
}

/** As far as the answer goes, which may be a stream that stays open. */
async function textOf({ body }: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (text.length > maxCharacters || /\}\s*(\r?\n){2}$/.test(text)) break
  }
  return text
}
