import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import type { JsonObject } from '../../contract/protocol.ts'
import { packageVersion } from '../../contract/version.ts'
import * as agentWire from '../agent-wire.ts'
import * as wire from '../wire.ts'
import type { AnswerFacts, RouteFacts } from './route.ts'

const named: Record<string, z.ZodType> = {
  Server: wire.serverSchema,
  ServerPage: wire.serverPageSchema,
  NewServer: wire.newServerSchema,
  ServerChange: wire.serverChangeSchema,
  ServerOrder: wire.orderSchema,
  ToolChoice: wire.toolChoiceSchema,
  Authorization: wire.authorizationSchema,
  TestResult: wire.testResultSchema,
  SignIn: wire.signInSchema,
  Template: wire.templateSchema,
  Templates: wire.templatesSchema,
  NewTemplate: wire.newTemplateSchema,
  AgentServer: agentWire.agentServerSchema,
  AgentServers: agentWire.agentServersSchema,
  Refusal: agentWire.refusalSchema,
  RefusalAnswer: agentWire.refusalAnswerSchema,
  Observation: agentWire.observationSchema,
  Observations: agentWire.observationsSchema,
  AuditPage: wire.auditSchema,
  Problem: wire.problemSchema,
}
const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]))
/** Whatever is asked. */
const problemsOfAll = [429, 500, 503]

/** OpenAPI 3.1 of the routes, from what they check themselves. */
export function describeApi(routes: readonly RouteFacts[], basePath: string): JsonObject {
  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    const path = `${basePath}${route.path}`
    paths[path] = { ...paths[path], [route.method]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchboard registry',
      version: packageVersion,
      description:
        'MCP servers of users: what they are, who is signed in at them, and how they were last seen.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: "A user's JWT, or an API key (`sbk_…`) of an agent or operator.",
        },
      },
    },
  }
}

function operationOf(route: RouteFacts): JsonObject {
  const { method, path, summary, access, body, answers, problems } = route
  const parameters = [
    ...fieldsOf(route.params, 'path'),
    ...fieldsOf(route.query, 'query'),
    ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
      ...{ name, in: 'header', required: false, description, schema: { type: 'string' } },
    })),
  ]
  const ofAccess = access === 'anybody' ? [] : [401, 403]
  const statuses = [...new Set([...problems, ...ofAccess, ...problemsOfAll])].sort()
  return {
    operationId: operationId(method, path),
    summary,
    ...(access === 'anybody' ? { security: [] } : { description: `For: ${access.join(', ')}.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body.safeParse(undefined).success
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, problemOf(status)])),
      ...Object.fromEntries(Object.entries(answers).map(([status, facts]) => [status, responseOf(facts)])),
    },
  }
}

function operationId(method: string, path: string): string {
  const words = path.match(/[A-Za-z]+/g) ?? []
  return `${method}${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`
}

function fieldsOf(schema: z.ZodObject, place: 'path' | 'query'): JsonObject[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const fieldSchema = z.toJSONSchema(field, { io: 'input' })
    const { $schema: _, ...rest } = fieldSchema
    return { name, in: place, required: place === 'path', schema: rest }
  })
}

function responseOf({ description, schema, contentType, headers }: AnswerFacts): JsonObject {
  const content = schema === undefined ? { schema: { type: 'string' } } : { schema: schemaOf(schema) }
  const type = contentType ?? (schema === undefined ? undefined : 'application/json')
  return {
    description,
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
    ...(type === undefined ? {} : { content: { [type]: content } }),
  }
}

function problemOf(status: number): JsonObject {
  const headers: Record<number, Record<string, string>> = {
    401: { 'WWW-Authenticate': 'RFC 6750.' },
    429: { 'Retry-After': 'Seconds.' },
    503: { 'Retry-After': 'Seconds.' },
  }
  const own = headers[status]
  return {
    description: STATUS_CODES[status] ?? 'Problem',
    ...(own === undefined ? {} : { headers: headersOf(own) }),
    content: { 'application/problem+json': { schema: schemaOf(wire.problemSchema) } },
  }
}

function headersOf(headers: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  )
}

function schemaOf(schema: z.ZodType): JsonObject {
  const name = names.get(schema)
  if (name !== undefined) return { $ref: referenceTo(name) }
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

function namedSchemas(): JsonObject {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: referenceTo })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...rest }]) => [name, rest]),
  )
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`
}
