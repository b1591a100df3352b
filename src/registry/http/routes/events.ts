import { z } from 'zod'
import { auditSchema } from '../../wire.ts'
import { auditOf } from '../present.ts'
import { noBody, noParams, noQuery, pageLimit, type Route, route } from '../route.ts'

export const eventsAnswer = {
  description:
    'Server-sent events without contents: `servers` when something about servers has changed, `status` when only what was seen of them has. A comment every 15 seconds.',
  contentType: 'text/event-stream',
}
const auditQuery = z.strictObject({ limit: pageLimit })

/** What happens, and what has happened. */
export const eventRoutes: readonly Route[] = [
  route({
    ...{ method: 'get', path: '/events', params: noParams, query: noQuery, body: noBody, access: ['user'] },
    summary: 'Tells when your servers change.',
    answers: { 200: eventsAnswer },
    problems: [429],
    answer: ({ principal, request, events, limits }) =>
      events.subscribe({
        ...{ principal, request, userId: principal.id, maxStreams: limits.maxEventStreams },
      }),
  }),
  route({
    ...{ method: 'get', path: '/audit', params: noParams, query: auditQuery, body: noBody },
    access: ['user', 'operator'],
    summary: 'Tells what was done: of a user what concerns them, of an operator everything.',
    answers: { 200: { description: 'Newest first.', schema: auditSchema } },
    problems: [400],
    answer: async ({ principal, query, parts }) => {
      const own = principal.role === 'user' ? { userId: principal.id } : {}
      return { status: 200, body: auditOf(await parts.store.audit({ ...own, limit: query.limit })) }
    },
  }),
]
