import { z } from 'zod'
import { callError } from '../../contract/errors.ts'
import type { CallError } from '../../contract/protocol.ts'
import { linkedResource } from '../../machines/resource-reading.ts'
import type { CallAnswer, CallRequest, McpClient } from './client.ts'
import type { Problem } from './failure.ts'

const argumentsSchema = z.object({ uri: z.string() })

/** A call that reads a resource. Contents come as blocks of the type that MCP embeds resources with. Never rejects. */
export async function callForResource(
  client: McpClient,
  server: string,
  { callId, tool, arguments: args, signal, onSent }: CallRequest,
): Promise<CallAnswer> {
  const given = argumentsSchema.safeParse(args)
  if (!given.success) {
    const error = callError('invalid_arguments', 'none', 'A resource is read by its uri, a text.')
    return { end: { ok: false, error, retryable: false }, problem: undefined }
  }
  const { uri } = given.data
  const reading = { callId, signal, onSent }
  if (tool !== linkedResource) {
    const listed = await client.read({ method: 'resources/list' }, reading)
    if (!listed.end.ok) return unread(listed.end.error, listed.problem)
    const { result } = listed.end
    if (!('resources' in result) || !result.resources.some((resource) => resource.uri === uri)) {
      const happened = `${server} lists no such resource, and no function of it has linked to one.`
      const error = callError('invalid_arguments', 'none', happened)
      // Another server may.
      return { end: { ok: false, error, retryable: true }, problem: listed.problem }
    }
  }
  const read = await client.read({ method: 'resources/read', uri }, reading)
  if (!read.end.ok) return unread(read.end.error, read.problem)
  const { result } = read.end
  const contents = 'contents' in result ? result.contents : []
  const content = contents.map((resource) => ({ type: 'resource', resource }))
  return { end: { ok: true, content }, problem: read.problem }
}

function unread(error: CallError, problem: Problem | undefined): CallAnswer {
  const retryable = error.code === 'server_unavailable' || error.code === 'overloaded'
  return { end: { ok: false, error, retryable }, problem }
}
