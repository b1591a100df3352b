import { checkUrl } from '../../../egress/check-url.ts'
import type { EgressPolicy } from '../../../egress/policy.ts'
import { newTemplateSchema, templateSchema, templatesSchema } from '../../wire.ts'
import { noBody, noParams, noQuery, type Route, route } from '../route.ts'
import { invalid } from '../validation.ts'
import { idParams } from './servers.ts'

const placeholders = /\{([a-z][A-Za-z0-9]*)\}/g

export const templateRoutes: readonly Route[] = [
  route({
    ...{ method: 'get', path: '/templates', params: noParams, query: noQuery, body: noBody },
    access: ['user', 'operator', 'agent'],
    summary: 'Lists what a server can be made from.',
    answers: { 200: { description: 'All templates.', schema: templatesSchema } },
    problems: [],
    answer: async ({ parts: { store } }) => ({
      status: 200,
      body: { templates: await store.templates.list() },
    }),
  }),
  route({
    ...{ method: 'post', path: '/templates', params: noParams, query: noQuery, body: newTemplateSchema },
    access: ['operator'],
    summary: 'Adds a template.',
    answers: { 201: { description: 'It was added.', schema: templateSchema } },
    problems: [400, 409, 413, 415],
    answer: async ({ principal, body, parts: { store, egress } }) => {
      const reason = problemOf(body.url, body.needs, egress)
      if (reason !== undefined) throw invalid([{ pointer: '/url', detail: `it ${reason}` }])
      return { status: 201, body: await store.templates.add({ name: principal.id }, body) }
    },
  }),
  route({
    ...{ method: 'delete', path: '/templates/{id}', params: idParams, query: noQuery, body: noBody },
    access: ['operator'],
    summary: 'Removes a template. Servers that were made from it stay as they are.',
    answers: { 204: { description: 'It is gone.' } },
    problems: [400, 404],
    answer: async ({ principal, params, parts: { store } }) => {
      await store.templates.remove({ name: principal.id }, params.id)
      return { status: 204 }
    },
  }),
]

/** Users can change what stands in braces, so the host may not. */
function problemOf(
  url: string,
  needs: readonly { kind: string; placeholder?: string }[],
  egress: EgressPolicy,
): string | undefined {
  const bare = url.replace(placeholders, 'x')
  if (!URL.canParse(bare) || /[{}]/.test(bare)) return 'is no address; write what users fill in as {name}'
  if (new URL(url.replace(placeholders, 'y')).origin !== new URL(bare).origin) {
    return 'has a placeholder in its host; the host has to be fixed'
  }
  const asked = new Set(needs.map(({ placeholder }) => placeholder))
  const missing = [...url.matchAll(placeholders)].find(([, name]) => !asked.has(name))
  if (missing !== undefined) return `has ${missing[0]}, which "needs" does not ask for`
  const reason = checkUrl(new URL(bare), egress)
  return reason === undefined ? undefined : `${reason}; give an https address of a public host`
}
