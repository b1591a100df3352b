import { z } from 'zod'
import { clientMetadata, clientMetadataPath } from '../../oauth/client-metadata.ts'
import { issuerParameter } from '../../oauth/redirect.ts'
import type { RegistryParts } from '../../router-options.ts'
import { apiPath, signInSchema } from '../../wire.ts'
import { newBinding, setBinding } from '../binding-cookie.ts'
import { HttpProblem, notThere } from '../problem.ts'
import { noBody, noQuery, openRoute, type Route, route } from '../route.ts'
import { idParams } from './servers.ts'

export const callbackPath = '/oauth/callback'
/** Its SHA-256. */
const metadataQuery = z.strictObject({ [issuerParameter]: z.string().regex(/^[\w-]{43}$/) })
/** draft-ietf-oauth-client-id-metadata-document. */
const metadataSchema = z.record(z.string(), z.unknown())

const one = { params: idParams, query: noQuery, body: noBody, access: ['user'] } as const

export const signInRoutes: readonly Route[] = [
  route({
    ...{ method: 'post', path: '/servers/{id}/sign-in', ...one },
    summary: 'Begins signing in at the server. The browser that asks is the one to come back.',
    answers: {
      200: {
        description: 'Where the browser goes.',
        schema: signInSchema,
        headers: { 'Set-Cookie': 'What this browser shows when it comes back.' },
      },
    },
    problems: [400, 404, 409, 502],
    answer: async ({ principal, params, parts }) => {
      const { store, signIns, publicUrl } = parts
      const record = await store.servers.get(principal.id, params.id)
      if (record === undefined) throw notThere('server')
      const binding = newBinding()
      const { authorizationUrl } = await signIns.begin({
        ...{ userId: principal.id, serverId: record.id, url: record.url, binding },
        redirectUri: redirectUri(parts),
      })
      const state = new URL(authorizationUrl).searchParams.get('state') ?? ''
      return {
        status: 200,
        headers: { 'Set-Cookie': setBinding(state, binding, publicUrl().startsWith('https:')) },
        body: { authorizationUrl },
      }
    },
  }),
  route({
    ...{ method: 'post', path: '/servers/{id}/sign-out', ...one },
    summary: 'Forgets what the server was given for you, and has it revoked where that can be.',
    answers: { 204: { description: 'You are signed out.' } },
    problems: [400, 404],
    answer: async ({ principal, params, parts: { store, signIns } }) => {
      const record = await store.servers.get(principal.id, params.id)
      if (record === undefined) throw notThere('server')
      await signIns.signOut({ name: principal.id }, principal.id, record.id)
      return { status: 204 }
    },
  }),
  openRoute({
    ...{ method: 'get', path: clientMetadataPath, query: metadataQuery },
    problems: [400, 404],
    summary: 'What authorization servers read of the registry as a client.',
    answers: { 200: { description: 'The document.', schema: metadataSchema } },
    answer: ({ query, parts }) => {
      const back = new URL(redirectUri(parts))
      back.searchParams.set(issuerParameter, query[issuerParameter])
      const body = clientMetadata({ publicUrl: parts.publicUrl(), redirectUri: back.href })
      if (body === undefined) throw new HttpProblem(404, 'This registry is not reached over https.')
      return { status: 200, body }
    },
  }),
]

function redirectUri({ publicUrl }: RegistryParts): string {
  return `${publicUrl()}${apiPath}${callbackPath}`
}
