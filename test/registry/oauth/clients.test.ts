import { expect, onTestFinished, test } from 'vitest'
import { redirectFor } from '../../../src/registry/oauth/redirect.ts'
import { binding, FakeUser, ids, problemOf, redirectUri } from './support/fake-user.ts'
import { FakeWorld, json, paths } from './support/fake-world.ts'

const user = await FakeUser.start()
const { world } = user

test('the world as it is lets somebody in, with nothing but what belongs there', async () => {
  await user.signIn()
  const [{ body, headers } = { body: '', headers: {} }] = world.asked('token')
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    grant_type: 'authorization_code',
    client_id: 'client',
    code: 'code-canary',
    code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    redirect_uri: redirectFor(world.issuer, redirectUri),
    resource: world.url,
  })
  expect(headers.authorization).toBeUndefined()
  expect(world.asked('mcp').map(({ headers: own }) => own['x-api-key'])).toEqual(['header-canary'])
  expect(world.seen.filter((one) => JSON.stringify(one).includes('header-canary'))).toHaveLength(1)
})

test.each(['client_secret_basic', 'client_secret_post'])(
  'a secret proves who we are (%s), and goes to who gave it only',
  async (method) => {
    const other = await FakeWorld.start()
    onTestFinished(() => other.stop())
    for (const [one, secret] of [
      [world, 'secret:one'],
      [other, 'secret:other'],
    ] as const) {
      Object.assign(one.document('server'), { token_endpoint_auth_methods_supported: [method] })
      Object.assign(one.document('registration'), {
        client_id: secret.replace('secret:', 'client '),
        client_secret: secret,
        client_secret_expires_at: 0,
      })
    }
    const made = user.signIns({ egress: { allowHosts: [world.host, other.host] } })
    await user.signIn(made)
    user.store.addServer(ids.userId, ids.serverId, other.url)
    const second = user.callbackOf(await user.begin(made, other.url), { iss: other.issuer })
    await made.finish({ callback: second, binding })
    const proofs = [world, other].map((one) => {
      const { headers, body } = one.asked('token')[0] ?? { headers: {}, body: '' }
      const basic = Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString()
      return method === 'client_secret_basic' ? basic : new URLSearchParams(body).get('client_secret')
    })
    expect(proofs).toEqual(
      method === 'client_secret_basic'
        ? ['client+one:secret%3Aone', 'client+other:secret%3Aother']
        : ['secret:one', 'secret:other'],
    )
    expect(JSON.stringify(other.seen)).not.toMatch(/secret:one|secret%3Aone|client.one/)
  },
)

test('a registry that is reached over https is known by its metadata document where that is understood', async () => {
  Object.assign(world.document('server'), { client_id_metadata_document_supported: true })
  const made = user.signIns({ publicUrl: () => 'https://tools.example.com' })
  const request = {
    ...ids,
    url: world.url,
    redirectUri: 'https://tools.example.com/api/mcp/oauth/callback',
    binding,
  }
  const url = new URL((await made.begin(request)).authorizationUrl)
  await made.finish({ callback: user.callbackOf(url), binding })
  const { search } = new URL(redirectFor(world.issuer, request.redirectUri))
  const id = `https://tools.example.com/api/mcp/oauth/client-metadata.json${search}`
  expect(url.searchParams.get('client_id')).toBe(id)
  expect(new URLSearchParams(world.asked('token')[0]?.body).get('client_id')).toBe(id)
  expect(world.asked('registration')).toEqual([])
  // Not for a redirect to anywhere else: the document names none.
  expect((await user.begin(made)).searchParams.get('client_id')).toBe('client')
})

test('a sign-in that began with a client that has been replaced is to be begun again', async () => {
  const made = user.signIns()
  const first = await user.begin(made)
  await user.store.oauth.dropClient(world.issuer, redirectFor(world.issuer, redirectUri))
  Object.assign(world.document('registration'), { client_id: 'another' })
  await user.begin(made)
  const { code } = await problemOf(made.finish({ callback: user.callbackOf(first), binding }))
  expect([code, world.asked('token')]).toEqual(['unknown_flow', []])
})

test('a client that the token endpoint does not know is registered anew the next time', async () => {
  const made = user.signIns()
  world.answer('token', (response) => json(response, 401, { error: 'invalid_client' }))
  expect((await problemOf(user.signIn(made))).message).toContain('gives no token (invalid_client)')
  world.answer('token', (response) => void response.writeHead(401, { 'www-authenticate': 'Basic' }).end())
  expect((await problemOf(user.signIn(made))).message).toContain('gives no token (invalid_client)')
  world.answers.clear()
  await user.signIn(made)
  expect(world.asked('registration')).toHaveLength(3)
})

test('a refresh token and scopes that a refresh does not replace stay', async () => {
  let now = Date.now()
  const made = user.signIns({ clock: () => now })
  Object.assign(world.document('token'), { scope: 'read' })
  await user.signIn(made)
  world.documents.set(paths.token, { access_token: 'second', token_type: 'bearer' })
  now += 570_000
  expect(await made.accessToken(ids.userId, ids.serverId)).toEqual({
    value: 'Bearer second',
    version: 2,
    expiresAt: undefined,
  })
  expect(user.store.grantOf(ids.userId, ids.serverId)?.tokens).toEqual({
    accessToken: 'second',
    refreshToken: 'refresh-canary',
    scopes: ['read'],
    expiresAt: undefined,
  })
  const refresh = Object.fromEntries(new URLSearchParams(world.asked('token')[1]?.body))
  expect(refresh).toEqual({
    grant_type: 'refresh_token',
    client_id: 'client',
    refresh_token: 'refresh-canary',
    resource: world.url,
  })
})

test('a server that is removed while its token turns out to be of no use is simply gone', async () => {
  let now = Date.now()
  const made = user.signIns({ clock: () => now })
  await user.signIn(made)
  world.answer('token', (response) => json(response, 400, { error: 'invalid_grant' }))
  const { store } = user
  store.oauth.tokensEnded = async () => {
    store.grants.clear()
    store.entries.clear()
  }
  now += 570_000
  expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  expect(store.grants.size).toBe(0)
})

test('who signs out does not wait for an authorization server that does not answer', async () => {
  const made = user.signIns({ timeoutMs: 600_000 })
  await user.signIn(made)
  world.answer('revocation', () => {})
  await made.signOut({ name: ids.userId }, ids.userId, ids.serverId)
  expect(world.asked('revocation')).toHaveLength(1)
  expect(user.store.grantOf(ids.userId, ids.serverId)?.tokens).toBeUndefined()
})
