import { z } from 'zod'
import type { RouteContext } from '../context.ts'
import { noQuery, openRoute, type Route } from '../route.ts'

const readyCacheMs = 1_000
const livezSchema = z.object({ alive: z.boolean() })
const readyzSchema = z.object({ ready: z.boolean(), reasons: z.array(z.string()) })

/** `describe`: the OpenAPI document. */
export function serviceRoutes({ parts }: RouteContext, describe: () => unknown): Route[] {
  let known: { at: number; isReachable: Promise<boolean> } | undefined

  /** Anybody may ask, so the database is not asked each time. */
  function isReachable(): Promise<boolean> {
    if (known === undefined || performance.now() - known.at > readyCacheMs) {
      known = { at: performance.now(), isReachable: parts.store.isReachable().catch(() => false) }
    }
    return known.isReachable
  }

  return [
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
      answer: async () =>
        (await isReachable())
          ? { status: 200, body: { ready: true, reasons: [] } }
          : { status: 503, body: { ready: false, reasons: ['The database cannot be reached.'] } },
    }),
    openRoute({
      ...{ method: 'get', path: '/openapi.json', query: noQuery, problems: [] },
      summary: 'This description (OpenAPI 3.1).',
      answers: { 200: { description: 'The document.', schema: z.record(z.string(), z.unknown()) } },
      answer: () => ({ status: 200, body: describe() }),
    }),
  ]
}
