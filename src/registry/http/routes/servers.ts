import { z } from 'zod'
import { checkUrl } from '../../../egress/check-url.ts'
import type { EgressPolicy } from '../../../egress/policy.ts'
import type { GrantRecord, RegistryStore, ServerRecord } from '../../store.ts'
import { VaultError } from '../../vault/keys.ts'
import {
  apiPath,
  idSchema,
  newServerSchema,
  orderSchema,
  serverChangeSchema,
  serverPageSchema,
  serverSchema,
} from '../../wire.ts'
import { entityTag, versionToMatch } from '../if-match.ts'
import { serverOf } from '../present.ts'
import { notThere } from '../problem.ts'
import type { Reply } from '../reply.ts'
import { noBody, noParams, noQuery, pageLimit, type Route, route } from '../route.ts'
import { invalid } from '../validation.ts'

export const idParams = z.strictObject({ id: idSchema })
const pageQuery = z.strictObject({
  limit: pageLimit,
  /** `nextCursor` of the page before. */
  cursor: z.string().max(500, 'give the nextCursor of the page before, or none').optional(),
})
const etag = { ETag: 'Its version.' }
const ifMatch = { 'If-Match': 'An ETag: nothing is changed where the server has another by now.' }

const one = { params: idParams, query: noQuery, access: ['user'] } as const

/** A user's own servers. What belongs to others is not there. */
export const serverRoutes: readonly Route[] = [
  route({
    ...{
      method: 'get',
      path: '/servers',
      access: ['user'],
      params: noParams,
      query: pageQuery,
      body: noBody,
    },
    summary: 'Lists your servers, in your order.',
    answers: { 200: { description: 'A page of them.', schema: serverPageSchema } },
    problems: [400],
    answer: async ({ principal, query, parts: { store } }) => {
      const { servers, nextCursor } = await store.servers.list(principal.id, query)
      const now = Date.now()
      return {
        status: 200,
        body: {
          servers: servers.map((record) => serverOf(record, now)),
          ...(nextCursor === undefined ? {} : { nextCursor }),
        },
      }
    },
  }),
  route({
    ...{ method: 'post', path: '/servers', access: ['user'], params: noParams, query: noQuery },
    body: newServerSchema,
    summary: 'Adds a server, as the last.',
    answers: {
      201: {
        description: 'It was added.',
        schema: serverSchema,
        headers: { Location: 'Its address.', ...etag },
      },
    },
    problems: [400, 409, 413, 415],
    answer: async ({ principal, body, parts: { store, egress }, limits }) => {
      checkAddress(body.url, egress)
      checkHeaders(body.headers)
      if (body.templateId !== undefined && (await store.templates.get(body.templateId)) === undefined) {
        throw invalid([{ pointer: '/templateId', detail: 'there is no such template' }])
      }
      const actor = { name: principal.id }
      const record = await store.servers.add(actor, principal.id, body, limits.maxServersPerUser)
      return reply(201, record, { Location: `${apiPath}/servers/${record.id}` })
    },
  }),
  route({
    ...{ method: 'put', path: '/servers/order', access: ['user'], params: noParams, query: noQuery },
    body: orderSchema,
    summary: 'Puts your servers in another order.',
    answers: { 204: { description: 'They are in this order now.' } },
    problems: [400, 409, 413, 415],
    answer: async ({ principal, body, parts: { store } }) => {
      await store.servers.order({ name: principal.id }, principal.id, body.ids)
      return { status: 204 }
    },
  }),
  route({
    ...{ method: 'get', path: '/servers/{id}', ...one, body: noBody },
    summary: 'Tells of one server.',
    answers: { 200: { description: 'The server.', schema: serverSchema, headers: etag } },
    problems: [400, 404],
    answer: async ({ principal, params, parts: { store } }) => {
      const record = await store.servers.get(principal.id, params.id)
      if (record === undefined) throw notThere('server')
      return reply(200, record)
    },
  }),
  route({
    ...{ method: 'patch', path: '/servers/{id}', ...one, body: serverChangeSchema, headers: ifMatch },
    summary:
      'Changes what is given. Another origin in `url` drops the headers and the sign-in, unless new headers come along.',
    answers: { 200: { description: 'The server as it is now.', schema: serverSchema, headers: etag } },
    problems: [400, 404, 409, 412, 413, 415],
    answer: async ({ principal, params, body, request, parts }) => {
      const { store, signIns, egress } = parts
      if (body.url !== undefined) checkAddress(body.url, egress)
      checkHeaders(body.headers)
      const current = () => store.servers.get(principal.id, params.id)
      const version = await versionToMatch(request.get('if-match'), current)
      const actor = { name: principal.id }
      const before = body.url === undefined ? undefined : await current()
      const grant = before && isElsewhere(before.url, body.url) ? await tokensOf(store, before) : undefined
      const record = await store.servers.change(actor, principal.id, params.id, body, version)
      if (grant !== undefined && record.grant === undefined) await signIns.revoke(grant)
      return reply(200, record)
    },
  }),
  route({
    ...{ method: 'delete', path: '/servers/{id}', ...one, body: noBody, headers: ifMatch },
    summary: 'Removes a server with all that belongs to it.',
    answers: { 204: { description: 'It is gone.' } },
    problems: [400, 404, 412],
    answer: async ({ principal, params, request, parts: { store, signIns } }) => {
      const current = () => store.servers.get(principal.id, params.id)
      const version = await versionToMatch(request.get('if-match'), current)
      const before = await current()
      const grant = before && (await tokensOf(store, before))
      await store.servers.remove({ name: principal.id }, principal.id, params.id, version)
      if (grant) await signIns.revoke(grant)
      return { status: 204 }
    },
  }),
]

function reply(status: number, record: ServerRecord, headers = {}): Reply {
  return {
    ...{ status, body: serverOf(record, Date.now()) },
    headers: { ETag: entityTag(record.version), ...headers },
  }
}

/** What can be taken back where it came from. */
async function tokensOf(
  { oauth }: RegistryStore,
  { userId, id, grant }: ServerRecord,
): Promise<GrantRecord | undefined> {
  if (grant === undefined || grant.state === 'signed_out') return undefined
  try {
    return await oauth.grant(userId, id)
  } catch (error) {
    // Who wants a server removed or changed gets that, also where its tokens cannot be opened any more.
    if (error instanceof VaultError) return undefined
    throw error
  }
}

/** Its tokens and headers stay behind. */
function isElsewhere(before: string, url: string | undefined): boolean {
  return url !== undefined && new URL(before).origin !== new URL(url).origin
}

/** Of the connection (RFC 9110, 7.6.1), or what an MCP client says itself. */
const reservedHeaders =
  /^(host|connection|keep-alive|upgrade|te|trailer|transfer-encoding|content-.*|expect|proxy-.*|accept|mcp-.*|last-event-id)$/i

/** @throws HttpProblem 400 at each */
function checkHeaders(headers: Readonly<Record<string, string>> = {}): void {
  const errors = Object.keys(headers)
    .filter((name) => reservedHeaders.test(name))
    .map((name) => ({ pointer: `/headers/${name}`, detail: 'is set by the client itself; leave it out' }))
  if (errors.length > 0) throw invalid(errors)
}

/** @throws HttpProblem 400 at `/url` */
function checkAddress(url: string, egress: EgressPolicy): void {
  const parsed = new URL(url)
  const reason = checkUrl(parsed, egress)
  if (reason === undefined) return
  const remedy =
    parsed.username !== '' || parsed.password !== ''
      ? 'leave them out of it, and put what the server wants into headers, such as Authorization'
      : 'give an https address of a public host, or ask the operator to allow this one'
  throw invalid([{ pointer: '/url', detail: `it ${reason}; ${remedy}` }])
}
