import { expect, test } from 'vitest'
import { bearerChallenge } from '../../../src/registry/oauth/challenge.ts'
import { clientMetadata } from '../../../src/registry/oauth/client-metadata.ts'
import { coversServer } from '../../../src/registry/oauth/resource.ts'
import { scopesIn, scopesToAsk } from '../../../src/registry/oauth/scopes.ts'
import { turnMs } from '../../support/longest-turn.ts'

test('a challenge is read as servers write it, the first of the scheme Bearer', () => {
  const read = (header: string | null) => bearerChallenge(header)
  expect(read('Bearer')).toEqual({ resourceMetadata: undefined, scopes: [], error: undefined })
  expect(read('bearer realm="a, b=\\"c\\"", Error = insufficient_scope,scope="read write read"')).toEqual({
    resourceMetadata: undefined,
    scopes: ['read', 'write'],
    error: 'insufficient_scope',
  })
  const url = 'https://a.example/.well-known/oauth-protected-resource?x=1'
  expect(
    read(`Basic realm="Bearer scope=\\"x\\"", Bearer resource_metadata="${url}", Digest scope="y"`),
  ).toEqual({
    resourceMetadata: url,
    scopes: [],
    error: undefined,
  })
  expect(read(`Bearer resource_metadata=${url}`)?.resourceMetadata).toBe(url)
  expect(read('Bearer scope="a", scope="b"')?.scopes).toEqual(['a'])
  expect([null, '', 'Basic realm="Bearer"', 'Negotiate abc==', '"""'].map(read)).toEqual(
    Array(5).fill(undefined),
  )
})

test('a hostile challenge is read in no time', () => {
  const hostile = [
    'a'.repeat(16_000),
    'a="'.repeat(5_000),
    '"\\'.repeat(8_000),
    'a=,'.repeat(5_000),
    ' '.repeat(16_000),
  ]
  const tookMs = turnMs(() => {
    for (const header of hostile) bearerChallenge(`Bearer ${header}`)
  })
  expect(tookMs).toBeLessThan(500)
})

test('tokens for a resource go to the same origin, at its path or below', () => {
  const server = 'https://a.example/team/mcp'
  const covering = [
    'https://a.example',
    'https://a.example/',
    'https://A.example:443/team',
    'https://a.example/team/',
    server,
    `${server}/`,
  ]
  expect(covering.filter((resource) => !coversServer(resource, server))).toEqual([])
  const others = [
    'https://a.example/tea',
    'https://a.example/team/mcp/x',
    'https://a.example/other/../team2',
    'https://a.example:444/',
    'http://a.example/',
    'https://b.example/team/mcp',
    'https://a.example.b.example/',
    'https://user@a.example/',
    `${server}#x`,
    `${server}?x=1`,
    'urn:mcp',
    'nothing',
  ]
  expect(others.filter((resource) => coversServer(resource, server))).toEqual([])
  expect(coversServer(`${server}?x=1`, `${server}?x=1`)).toBe(true)
})

test('scopes are what their grammar lets through', () => {
  expect(scopesIn('read  a:b/c read')).toEqual(['read', 'a:b/c'])
  expect(scopesIn(['a b', 'a"', 'a\\', 'ä', '', 'x'.repeat(300), 'ok', 'ok'])).toEqual(['ok'])
  expect(scopesIn(undefined)).toEqual([])
})

test('what the server has asked for comes before what it supports; what was denied never comes', () => {
  const nothing = {
    challenged: [],
    wanted: [],
    granted: [],
    denied: [],
    supported: [],
    ofAuthorizationServer: [],
  }
  const supported = ['read', 'write']
  expect(scopesToAsk(nothing)).toEqual([])
  // Alone it would take the place of the authorization server's default.
  expect(scopesToAsk({ ...nothing, ofAuthorizationServer: ['offline_access'] })).toEqual([])
  expect(scopesToAsk({ ...nothing, supported: [...supported, 'offline_access'] })).toEqual(supported)
  expect(scopesToAsk({ ...nothing, supported, ofAuthorizationServer: ['offline_access'] })).toEqual([
    ...supported,
    'offline_access',
  ])
  expect(scopesToAsk({ ...nothing, supported, challenged: ['a'] })).toEqual(['a'])
  const stepUp = { ...nothing, supported, granted: ['a', 'b'], wanted: ['c'], challenged: ['b', 'd', 'e'] }
  expect(scopesToAsk({ ...stepUp, denied: ['d'] })).toEqual(['a', 'b', 'c', 'e'])
})

test('the registry describes itself as a client where it is reached over https', () => {
  const publicUrl = 'https://tools.example.com'
  const redirectUri = `${publicUrl}/api/mcp/oauth/callback`
  expect(clientMetadata({ publicUrl, redirectUri })).toEqual({
    client_id: 'https://tools.example.com/api/mcp/oauth/client-metadata.json',
    client_name: 'Switchboard',
    client_uri: publicUrl,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  })
  const local = 'http://127.0.0.1:8080'
  expect(clientMetadata({ publicUrl: local, redirectUri: `${local}/back` })).toBeUndefined()
})
