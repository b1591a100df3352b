import { z } from 'zod'
import {
  type AgentServer,
  agentServersSchema,
  observationsSchema,
  refusalAnswerSchema,
  refusalSchema,
} from '../../agent-wire.ts'
import type { RegistryParts } from '../../router-options.ts'
import type { RegistryStore, ServerRecord } from '../../store.ts'
import { VaultError } from '../../vault/keys.ts'
import { idSchema, maxPageSize } from '../../wire.ts'
import { agentServerOf, authorizationOf } from '../agent-server.ts'
import { notThere } from '../problem.ts'
import { noBody, noQuery, type Route, route } from '../route.ts'
import { answerRefusal } from '../server-credentials.ts'
import { eventsAnswer } from './events.ts'

const lifetimeMs = 60_000
/** All that a user may have, each with as many functions as there are at the most. */
const maxReportBytes = 4_000_000
const userIdWords = 'give the id of a user, of 1 to 200 characters'
const userIdSchema = z.string().min(1, userIdWords).max(200, userIdWords)
const userParams = z.strictObject({ userId: userIdSchema })
const serverParams = z.strictObject({ userId: userIdSchema, id: idSchema })

const base = { access: ['agent'], query: noQuery } as const

/** What agents need of the users that they talk with. */
export const agentRoutes: readonly Route[] = [
  route({
    ...{ method: 'get', path: '/agent/users/{userId}/servers', ...base, params: userParams, body: noBody },
    summary: "Tells of a user's enabled servers, with what they are to be given.",
    answers: { 200: { description: 'In the order of the user.', schema: agentServersSchema } },
    problems: [400],
    answer: async ({ params, parts }) => {
      const records = await enabledServers(parts.store, params.userId)
      const servers = await Promise.all(records.map((record) => readable(parts, record)))
      return { status: 200, body: { lifetimeMs, servers: servers.flat() } }
    },
  }),
  route({
    ...{ method: 'get', path: '/agent/users/{userId}/events', ...base, params: userParams, body: noBody },
    summary: "Tells when a user's servers change.",
    answers: { 200: eventsAnswer },
    problems: [400, 429],
    answer: ({ principal, params, request, events, limits }) =>
      events.subscribe({
        ...{ principal, request, userId: params.userId },
        maxStreams: limits.maxAgentEventStreams,
      }),
  }),
  route({
    ...{ method: 'post', path: '/agent/users/{userId}/servers/{id}/refusal', ...base },
    ...{ params: serverParams, body: refusalSchema },
    summary: 'Reports that a server has refused what it was given, and asks for something else.',
    answers: {
      200: {
        description: 'Something else, or where to sign in if that helps.',
        schema: refusalAnswerSchema,
      },
    },
    problems: [400, 404, 413, 415, 502],
    answer: async ({ params, body, parts }) => {
      const record = await parts.store.servers.get(params.userId, params.id)
      if (record === undefined) throw notThere('server')
      const { token, reason, signInUrl } = await answerRefusal(parts, {
        ...{ userId: params.userId, serverId: params.id, url: record.url, status: body.status },
        ...{ version: body.version, challenge: body.challenge },
      })
      const found = {
        ...(token === undefined ? {} : { authorization: authorizationOf(token) }),
        ...(signInUrl === undefined ? {} : { signInUrl }),
      }
      return { status: 200, body: { ...found, reason } }
    },
  }),
  route({
    ...{ method: 'put', path: '/agent/users/{userId}/statuses', ...base },
    ...{ params: userParams, body: observationsSchema, maxBodyBytes: maxReportBytes },
    summary: "Reports how a user's servers are seen in a call.",
    answers: { 204: { description: 'It is remembered.' } },
    problems: [400, 413, 415],
    answer: async ({ params, body, parts }) => {
      const seen = body.servers.map(({ problem, ...rest }) => ({ ...rest, problem, from: 'call' as const }))
      await parts.store.servers.observe(params.userId, seen)
      return { status: 204 }
    },
  }),
]

async function enabledServers(store: RegistryStore, userId: string): Promise<ServerRecord[]> {
  const all: ServerRecord[] = []
  let cursor: string | undefined
  do {
    const page = await store.servers.list(userId, { limit: maxPageSize, cursor })
    all.push(...page.servers)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return all.filter(({ enabled }) => enabled)
}

/** One whose secrets cannot be opened takes no other away. */
async function readable(parts: RegistryParts, record: ServerRecord): Promise<AgentServer[]> {
  try {
    return [await agentServerOf(parts, record)]
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    process.emitWarning(`server ${record.id} is left out for agents: ${error.message}`, 'SwitchboardWarning')
    return []
  }
}
