import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeRegistry } from '../../../src/registry/http/api.ts'

const contentSchema = z.record(z.string(), z.strictObject({ schema: z.looseObject({}) }))
const headersSchema = z.record(
  z.string(),
  z.strictObject({ description: z.string(), schema: z.looseObject({}) }),
)
const operationSchema = z.strictObject({
  operationId: z.string(),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.never()).optional(),
  parameters: z
    .array(
      z.strictObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        description: z.string().optional(),
        schema: z.looseObject({}),
      }),
    )
    .optional(),
  requestBody: z.strictObject({ required: z.literal(true), content: contentSchema }).optional(),
  responses: z.record(
    z.string().regex(/^[2-5]\d\d$/),
    z.strictObject({
      description: z.string().min(1),
      headers: headersSchema.optional(),
      content: contentSchema.optional(),
    }),
  ),
})
/** OpenAPI 3.1, as far as it is used here; nothing else may stand in it. */
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  security: z.tuple([z.strictObject({ bearer: z.tuple([]) })]),
  paths: z.record(
    z.string(),
    z.record(z.enum(['get', 'post', 'put', 'patch', 'delete']), operationSchema.optional()),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.strictObject({ bearer: z.looseObject({ type: z.literal('http') }) }),
  }),
})

const document = documentSchema.parse(JSON.parse(JSON.stringify(describeRegistry())))
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, operation]) =>
    operation === undefined ? [] : [{ path, method, operation }],
  ),
)

test('every route is described, with whom it is for and what it answers', () => {
  const lines = operations.map(({ path, method, operation }) => {
    const { description, responses } = operation
    const statuses = Object.keys(responses).filter((status) => !['429', '500', '503'].includes(status))
    return `${method} ${path.replace('/api/mcp', '')} ${description ?? 'anybody'} ${statuses.join(' ')}`
  })
  expect(lines).toEqual([
    'get /servers For: user. 200 400 401 403',
    'post /servers For: user. 201 400 401 403 409 413 415',
    'put /servers/order For: user. 204 400 401 403 409 413 415',
    'get /servers/{id} For: user. 200 400 401 403 404',
    'patch /servers/{id} For: user. 200 400 401 403 404 409 412 413 415',
    'delete /servers/{id} For: user. 204 400 401 403 404 412',
    'post /servers/{id}/test For: user. 200 400 401 403 404 504',
    'post /servers/{id}/sign-in For: user. 200 400 401 403 404 409 502',
    'post /servers/{id}/sign-out For: user. 204 400 401 403 404',
    'get /oauth/client-metadata.json anybody 200 400 404',
    'get /oauth/callback anybody 200 400',
    'get /templates For: user, operator, agent. 200 401 403',
    'post /templates For: operator. 201 400 401 403 409 413 415',
    'delete /templates/{id} For: operator. 204 400 401 403 404',
    'get /events For: user. 200 401 403',
    'get /audit For: user, operator. 200 400 401 403',
    'get /agent/users/{userId}/servers For: agent. 200 400 401 403',
    'get /agent/users/{userId}/events For: agent. 200 400 401 403',
    'post /agent/users/{userId}/servers/{id}/refusal For: agent. 200 400 401 403 404 413 415 502',
    'put /agent/users/{userId}/statuses For: agent. 204 400 401 403 413 415',
    'get /livez anybody 200',
    'get /readyz anybody 200',
    'get /openapi.json anybody 200',
  ])
})

test('each operation has a name of its own, and exactly the parameters that its path has', () => {
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const described = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect(described.map(({ name }) => name)).toEqual(inPath)
    expect(described.every(({ required }) => required)).toBe(true)
  }
})

test('every problem is problem+json, and every answer with contents says what they are', () => {
  for (const { path, method, operation } of operations) {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      const types = Object.keys(content ?? {})
      const isProblem = status >= '400' && !(path.endsWith('/readyz') && status === '503')
      if (isProblem)
        expect([path, method, status, types]).toEqual([path, method, status, ['application/problem+json']])
      else
        expect([path, method, status, types.length]).toEqual([path, method, status, status === '204' ? 0 : 1])
    }
  }
})

test('every schema is JSON Schema 2020-12, its references lead somewhere, and it takes what it should', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'document')
  const schemas = operations.flatMap(({ operation }) => [
    ...(operation.parameters ?? []).map(({ schema }) => schema),
    ...[operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
      Object.values(part?.content ?? {}).map(({ schema }) => schema),
    ),
  ])
  expect(schemas.length).toBeGreaterThan(60)
  const absolute = (schema: object) =>
    JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/'))
  for (const schema of [...schemas, ...Object.values(document.components.schemas)]) {
    expect(ajv.validateSchema(schema)).toBe(true)
    ajv.compile(absolute(schema))
  }
  const takes = (name: string, value: unknown) =>
    ajv.compile({ $ref: `document#/components/schemas/${name}` })(value)
  expect(takes('NewServer', { name: 'x', url: 'https://mcp.example.com' })).toBe(true)
  expect(takes('NewServer', { name: 'x', url: 'https://mcp.example.com', command: 'sh' })).toBe(false)
  expect(takes('Problem', { type: 'about:blank', title: 'x', status: 400, detail: 'y' })).toBe(true)
  expect(takes('Problem', { type: 'about:blank', title: 'x', status: '400', detail: 'y' })).toBe(false)
})
