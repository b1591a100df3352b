import { z } from 'zod'
import { noQuery, openRoute, type Route } from '../route.ts'

const livezSchema = z.object({ alive: z.boolean() })
const readyzSchema = z.object({ ready: z.boolean(), reasons: z.array(z.string()) })

export const serviceRoutes: readonly Route[] = [
  openRoute({
    ...{ method: 'get', path: '/livez', query: noQuery, problems: [] },
    summary: 'Whether the process answers.',
    answers: { 200: { description: 'It does.', schema: livezSchema } },
    answer: () => ({ status: 200, body: { alive: true } }),
  }),
  openRoute({
    ...{ method: 'get', path: '/readyz', query: noQuery, problems: [] },
    summary: 'Whether requests can be carried out.',
    answers: {
      200: { description: 'They can.', schema: readyzSchema },
      503: { description: 'They cannot, and why.', schema: readyzSchema },
    },
    answer: async ({ isReachable }) =>
      (await isReachable())
        ? { status: 200, body: { ready: true, reasons: [] } }
        : { status: 503, body: { ready: false, reasons: ['The database cannot be reached.'] } },
  }),
]

/** `describe`: the OpenAPI document. */
export function descriptionRoute(describe: () => unknown): Route {
  return openRoute({
    ...{ method: 'get', path: '/openapi.json', query: noQuery, problems: [] },
    summary: 'This description (OpenAPI 3.1).',
    answers: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
    answer: () => ({ status: 200, body: describe() }),
  })
}
