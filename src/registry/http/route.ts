import type { Request, Response } from 'express'
import { z } from 'zod'
import type { Principal } from '../router-options.ts'
import { maxPageSize } from '../wire.ts'
import { readJson, readRequiredJson } from './read-body.ts'
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

export interface Reply {
  status: number
  headers?: Readonly<Record<string, string>>
  /** Becomes JSON. */
  body?: unknown
  html?: string
  /** Answers itself, and for longer. */
  stream?: (response: Response) => void
}

interface Asked<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
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
  answer(request: Request, principal: Principal | undefined, maxBodyBytes: number): Promise<Reply>
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
    answer: async (request, principal, maxBodyBytes) => {
      if (principal === undefined) throw new Error(`${definition.path} was asked by nobody`)
      return definition.answer({ ...(await read(definition, request, maxBodyBytes)), principal })
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
    answer: async (request, _, maxBodyBytes) => definition.answer(await read(whole, request, maxBodyBytes)),
  }
}

async function read<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Params, Query, Body>,
  request: Request,
  maxBodyBytes: number,
): Promise<Asked<Params, Query, Body>> {
  const params = parse(definition.params, { ...request.params })
  const query = parse(definition.query, queryOf(request))
  const reads = definition.method !== 'get' && definition.method !== 'delete'
  const isRequired = !definition.body.safeParse(undefined).success
  const value = !reads
    ? undefined
    : await (isRequired ? readRequiredJson(request, maxBodyBytes) : readJson(request, maxBodyBytes))
  return { params, query, body: parse(definition.body, value), request }
}

/** Whatever parser of queries the application has. */
function queryOf({ originalUrl }: Request): Record<string, string> {
  const start = originalUrl.indexOf('?')
  return start === -1 ? {} : Object.fromEntries(new URLSearchParams(originalUrl.slice(start)))
}
