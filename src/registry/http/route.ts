import type { Request } from 'express'
import { z } from 'zod'
import type { Principal } from '../router-options.ts'
import { maxPageSize } from '../wire.ts'
import type { RouteContext } from './context.ts'
import { readJson, readRequiredJson } from './read-body.ts'
import type { Reply } from './reply.ts'
import { parse } from './validation.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What the API's description says of a route. */
export interface RouteFacts {
  method: Method
  /** Below `/api/mcp`: `/servers/{id}`. */
  path: string
  /** A sentence. */
  summary: string
  /** Who may ask; `anybody`: without being known. */
  access: readonly Principal['role'][] | 'anybody'
  params: z.ZodObject
  query: z.ZodObject
  body: z.ZodType
  /** Default: that of the limits. */
  maxBodyBytes?: number
  /** Request headers that mean something. */
  headers?: Readonly<Record<string, string>>
  answers: Readonly<Record<number, AnswerFacts>>
  /** Statuses of problems beside those that every route has. */
  problems: readonly number[]
}

export interface AnswerFacts {
  description: string
  /** Of JSON. */
  schema?: z.ZodType
  /** Default: JSON where there is a schema. */
  contentType?: string
  headers?: Readonly<Record<string, string>>
}

interface Asked<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>
  extends RouteContext {
  params: z.output<Params>
  query: z.output<Query>
  body: z.output<Body>
  request: Request
}

interface Definition<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>
  extends RouteFacts {
  params: Params
  query: Query
  body: Body
}

export interface Route extends RouteFacts {
  answer(request: Request, principal: Principal | undefined, context: RouteContext): Promise<Reply>
}

export const noParams = z.strictObject({})
export const noQuery = z.strictObject({})
const limitWords = `give a whole number from 1 to ${maxPageSize}`
/** Of a page. */
export const pageLimit = z.coerce
  .number(limitWords)
  .int(limitWords)
  .min(1, limitWords)
  .max(maxPageSize, limitWords)
  .default(50)
/** Some clients send an empty object where there is nothing to say. */
export const noBody = z.union([z.undefined(), z.strictObject({})], 'send no body, or an empty object')

/** Somebody known asks. */
export function route<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Params, Query, Body> & {
    access: readonly Principal['role'][]
    answer(asked: Asked<Params, Query, Body> & { principal: Principal }): Promise<Reply> | Reply
  },
): Route {
  return {
    ...definition,
    answer: async (request, principal, context) => {
      if (principal === undefined) throw new Error(`${definition.path} was asked by nobody`)
      return definition.answer({ ...(await read(definition, request, context)), principal })
    },
  }
}

/** Anybody asks. */
export function openRoute<Query extends z.ZodObject>(
  definition: Omit<RouteFacts, 'access' | 'params' | 'body'> & {
    query: Query
    answer(asked: Asked<typeof noParams, Query, typeof noBody>): Promise<Reply> | Reply
  },
): Route {
  const whole = { ...definition, access: 'anybody', params: noParams, body: noBody } as const
  return {
    ...whole,
    answer: async (request, _, context) => definition.answer(await read(whole, request, context)),
  }
}

async function read<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Params, Query, Body>,
  request: Request,
  context: RouteContext,
): Promise<Asked<Params, Query, Body>> {
  const { maxBodyBytes = context.limits.maxBodyBytes } = definition
  const params = parse(definition.params, { ...request.params })
  const query = parse(definition.query, queryOf(request))
  const reads = definition.method !== 'get' && definition.method !== 'delete'
  const isRequired = !definition.body.safeParse(undefined).success
  const value = !reads
    ? undefined
    : await (isRequired ? readRequiredJson(request, maxBodyBytes) : readJson(request, maxBodyBytes))
  return { ...context, params, query, body: parse(definition.body, value), request }
}

/** Whatever parser of queries the application has. */
function queryOf({ originalUrl }: Request): Record<string, string> {
  const start = originalUrl.indexOf('?')
  return start === -1 ? {} : Object.fromEntries(new URLSearchParams(originalUrl.slice(start)))
}
