import type { Dialect } from './client.ts'
import type { Failure } from './failure.ts'

/** JSON-RPC codes of MCP 2026-07-28, and "method not found" as answer to `initialize`, which it does not know any more. */
const modernCodes = new Set([-32020, -32021, -32022, -32601])
/** A server that misses the `_meta` of its version may see nothing else. */
const missesMeta = new Set([-32600, -32602])
const modernCodeInText = /"code"\s*:\s*-32(020|021|022|601)\b/
const unsupportedVersion = /"code"\s*:\s*-32022\b/
/** The SDK's words at a version that is newer than its own. */
const newerVersion = /protocol version is not supported: 20(2[6-9]|[3-9]\d)-/
/** A server of HTTP+SSE has no POST where its stream is (MCP 2025-11-25, "Backwards Compatibility"). */
const noPost = new Set([400, 404, 405])

/** Body of an HTTP answer: a server that speaks MCP 2026-07-28 only was put in the place of an older one. */
export function refusesVersion(body: string): boolean {
  return unsupportedVersion.test(body)
}

/** `failure`: of `initialize`. */
export function afterLegacy(failure: Failure, kind: 'stdio' | 'http'): Dialect | undefined {
  const { rpcCode, status, cause } = failure
  if (rpcCode !== undefined && modernCodes.has(rpcCode)) return 'modern'
  if (newerVersion.test(cause)) return 'modern'
  // An address has been asked before.
  if (rpcCode !== undefined && kind === 'stdio' && missesMeta.has(rpcCode)) return 'modern'
  if (kind === 'stdio' || status === undefined || !noPost.has(status)) return undefined
  return modernCodeInText.test(cause) ? 'modern' : 'sse'
}

/** Says nothing of what a server speaks. */
const notOfDialect = new Set([401, 403, 408, 429])

/** `failure`: of `server/discover`. What an older server answers to it is not defined. */
export function afterModern({ rpcCode, status, unreadable }: Failure): Dialect | undefined {
  const isRefused = status !== undefined && status >= 400 && status <= 499 && !notOfDialect.has(status)
  return rpcCode !== undefined || isRefused || unreadable ? 'legacy' : undefined
}

/** `failure`: of `server/discover`, from a server that answered it before. What else it answers may pass. */
export function isReplaced(failure: Failure): boolean {
  return mayBeReplaced(failure) || (failure.rpcCode !== undefined && missesMeta.has(failure.rpcCode))
}

/** What an older server answers to a call of MCP 2026-07-28: no session, no such session, no such path. */
const olderCodes = new Set([-32000, -32001, -32601])

/** `failure`: of a call. An older server may have taken the place of one that speaks MCP 2026-07-28. */
export function mayBeReplaced({ rpcCode, status, unread }: Failure): boolean {
  if (unread) return true
  if (rpcCode !== undefined) return olderCodes.has(rpcCode)
  return status !== undefined && noPost.has(status)
}
