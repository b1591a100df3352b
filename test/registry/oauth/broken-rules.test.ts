import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../../../src/registry/oauth/failures.ts'
import { binding, FakeUser, problemOf } from './support/fake-user.ts'
import { type FakeWorld, json, paths, redirect } from './support/fake-world.ts'

const user = await FakeUser.start()
const { world } = user

describe('a rule that is broken is named', () => {
  type Break = (world: FakeWorld) => void
  const beginning: [string, Break, string][] = [
    [
      'no metadata',
      (w) => w.documents.delete(paths.resource),
      'The resource metadata that HOST names is not there',
    ],
    [
      'no metadata, none named',
      (w) => {
        w.documents.delete(paths.resource)
        w.challenge = 'Bearer'
      },
      'HOST asks for a sign-in but does not say where',
    ],
    [
      'metadata at no URL',
      (w) => {
        w.challenge = 'Bearer resource_metadata="/relative"'
      },
      'names no URL in resource_metadata',
    ],
    [
      'a resource of another origin',
      (w) => Object.assign(w.document('resource'), { resource: 'https://mail.example/mcp' }),
      'HOST calls itself https://mail.example/mcp, which is another server',
    ],
    [
      'a resource at a path beside',
      (w) => Object.assign(w.document('resource'), { resource: `${w.origin}/mc` }),
      'which is another server',
    ],
    [
      'no authorization server',
      (w) => Object.assign(w.document('resource'), { authorization_servers: [] }),
      'HOST names no authorization server',
    ],
    [
      'tokens in the body only',
      (w) => Object.assign(w.document('resource'), { bearer_methods_supported: ['body'] }),
      'takes no token in a header',
    ],
    [
      'metadata of another shape',
      (w) => Object.assign(w.document('resource'), { authorization_servers: 'one' }),
      'The resource metadata of HOST is not as its specification says: authorization_servers',
    ],
    ['metadata that is not JSON', (w) => w.answer('resource', (r) => void r.end('<html>')), 'cannot be read'],
    [
      'metadata without an end',
      (w) => w.answer('resource', (r) => void r.end(JSON.stringify({ a: 'x'.repeat(1_100_000) }))),
      'cannot be read',
    ],
    [
      'metadata elsewhere',
      (w) => w.answer('resource', redirect('/elsewhere')),
      'answers with a redirect, and redirects are not followed',
    ],
    [
      'an issuer with a query',
      (w) => Object.assign(w.document('resource'), { authorization_servers: [`${w.issuer}?a`] }),
      'has a query or a fragment',
    ],
    ['no description', (w) => w.documents.delete(paths.server), 'does not describe itself'],
    [
      'another issuer',
      (w) => Object.assign(w.document('server'), { issuer: `${w.origin}/other` }),
      'calls itself ORIGIN/other (issuer; RFC 8414, 3.3)',
    ],
    [
      'an issuer with a slash',
      (w) => Object.assign(w.document('server'), { issuer: `${w.issuer}/` }),
      'calls itself ORIGIN/as/',
    ],
    [
      'no word of PKCE',
      (w) => Object.assign(w.document('server'), { code_challenge_methods_supported: undefined }),
      'does not say that it checks codes by PKCE',
    ],
    [
      'PKCE in the clear',
      (w) => Object.assign(w.document('server'), { code_challenge_methods_supported: ['plain'] }),
      'does not check codes by PKCE with S256',
    ],
    [
      'tokens without codes',
      (w) => Object.assign(w.document('server'), { response_types_supported: ['token'] }),
      'gives no codes',
    ],
    [
      'no grant for codes',
      (w) => Object.assign(w.document('server'), { grant_types_supported: ['implicit'] }),
      'takes no codes',
    ],
    [
      'a fragment in an endpoint',
      (w) => Object.assign(w.document('server'), { authorization_endpoint: `${w.issuer}/authorize#x` }),
      'has a fragment in its authorization_endpoint',
    ],
    [
      'no registration',
      (w) => Object.assign(w.document('server'), { registration_endpoint: undefined }),
      'knows no clients but its own',
    ],
    [
      'a proof that is unknown here',
      (w) =>
        Object.assign(w.document('server'), { token_endpoint_auth_methods_supported: ['tls_client_auth'] }),
      'wants clients to prove themselves in a way unknown here',
    ],
    [
      'another redirect address',
      (w) => Object.assign(w.document('registration'), { redirect_uris: ['https://evil.example/'] }),
      'registers another redirect address than ours',
    ],
    [
      'another proof',
      (w) => Object.assign(w.document('registration'), { token_endpoint_auth_method: 'private_key_jwt' }),
      'in a way that was not asked for',
    ],
    [
      'a secret that is not given',
      (w) => Object.assign(w.document('registration'), { token_endpoint_auth_method: 'client_secret_basic' }),
      'wants a secret and gives none',
    ],
    [
      'a registration without an id',
      (w) => Object.assign(w.document('registration'), { client_id: undefined }),
      'gives an answer that is no registration',
    ],
    [
      'no registration for us',
      (w) =>
        w.answer('registration', (r) =>
          json(r, 400, { error: 'x\u001b[2J', error_description: `no\u202e way\n${'a'.repeat(9_000)}` }),
        ),
      'does not register clients: x[2J, no way aaaa',
    ],
  ]
  test.each(beginning)('%s', async (_name, breakRule, words) => {
    breakRule(world)
    const { code, message } = await problemOf(user.begin())
    const expected = words.replace('HOST', world.host).replace('ORIGIN', world.origin)
    expect([code, message]).toEqual(['refused', expect.stringContaining(expected)])
    expect(message.length).toBeLessThan(600)
    expect(user.store.flows.size).toBe(0)
  })

  const finishing: [string, Break, Record<string, string>, string][] = [
    ['an answer from elsewhere', () => {}, { iss: 'https://evil.example' }, 'comes from another server'],
    [
      'an error in words',
      () => {},
      { code: '', error: 'server_error', error_description: 'no\u001b[2J\n\nway' },
      'neither a code nor an error',
    ],
    [
      'a token of another kind',
      (w) => Object.assign(w.document('token'), { token_type: 'DPoP' }),
      {},
      'gives no bearer token',
    ],
    [
      'a token that breaks a header',
      (w) => Object.assign(w.document('token'), { access_token: 'a\r\nx-evil: access-canary' }),
      {},
      'gives a token that fits in no header',
    ],
    [
      'a token without an end',
      (w) => Object.assign(w.document('token'), { access_token: 'access-canary'.repeat(2_000) }),
      {},
      'gives a token that fits in no header',
    ],
    [
      'no token in the answer',
      (w) => Object.assign(w.document('token'), { access_token: undefined }),
      {},
      'cannot be read',
    ],
    ['a token elsewhere', (w) => w.answer('token', redirect('/elsewhere')), {}, 'answers with a redirect'],
    [
      'an error with our secrets in it',
      (w) =>
        w.answer('token', (r, body) =>
          json(r, 400, { error: body.get('code_verifier'), error_description: `${body}` }),
        ),
      {},
      'gives no token (for a reason of its own)',
    ],
    [
      'a code that it does not know',
      (w) =>
        w.answer('token', (r, body) =>
          json(r, 400, { error: 'invalid_grant', error_description: `${body}` }),
        ),
      {},
      'gives no token (invalid_grant)',
    ],
  ]
  test.each(finishing)('%s', async (_name, breakRule, more, words) => {
    breakRule(world)
    const problem = await problemOf(user.signIn(user.signIns(), more))
    expect([problem.code, problem.message]).toEqual(['refused', expect.stringContaining(words)])
    const verifier = new URLSearchParams(world.asked('token')[0]?.body).get('code_verifier') ?? 'none'
    const told = inspect(problem, { depth: 20, showHidden: true })
    expect(
      [verifier, 'code-canary', 'access-canary', 'refresh-canary'].filter((one) => told.includes(one)),
    ).toEqual([])
    expect(user.store.grants.size).toBe(0)
  })

  test('an error of the authorization server, in clean words', async () => {
    const made = user.signIns()
    const callback = user.callbackOf(await user.begin(made), {
      error: 'server_error',
      error_description: 'a\u001b[2J\n\u202eb',
    })
    callback.searchParams.delete('code')
    const { code, message } = await problemOf(made.finish({ callback, binding }))
    expect([code, message]).toEqual([
      'refused',
      expect.stringContaining('with an error: server_error, a[2J b.'),
    ])
  })

  test('what does not answer, or not now, is unreachable and not refused', async () => {
    const silent = user.signIns({ timeoutMs: 500 })
    world.answer('resource', () => {})
    expect((await problemOf(user.begin(silent))).code).toBe('unreachable')
    world.answer('resource', (response) => void response.writeHead(503).end())
    expect((await problemOf(user.begin(silent))).code).toBe('unreachable')
    world.answer('resource', (response) => void response.destroy())
    expect((await problemOf(user.begin(silent))).code).toBe('unreachable')
    world.answers.clear()
    world.answer('token', () => {})
    expect((await problemOf(user.signIn(silent))).code).toBe('unreachable')
  })

  test.each([
    ['ENOTFOUND', 'there is no host of that name. Check the address.'],
    ['EAI_AGAIN', 'Try again later.'],
  ])('a host that is not found (%s) is told with what to do', (code, words) => {
    const cause = Object.assign(new Error('getaddrinfo'), { code })
    const { message } = failureOf(new TypeError('fetch failed', { cause }), 'the server at mcp.example.com')
    expect(message).toMatch(/^The server at mcp\.example\.com cannot be reached[.:] /)
    expect(message.endsWith(words)).toBe(true)
  })

  test('a server that wants no sign-in is told as one', async () => {
    world.challenge = undefined
    world.documents.delete(paths.resource)
    world.answer('mcp', (response) => json(response, 200, {}))
    expect((await problemOf(user.begin())).code).toBe('not_needed')
  })
})
