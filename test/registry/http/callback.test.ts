import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DatabaseUnreachable } from '../../../src/registry/database/failures.ts'
import { SignInError, type SignIns } from '../../../src/registry/sign-ins.ts'
import { idOf, noSignIns, type Service, startService } from './service.ts'

type Finished = Parameters<SignIns['finish']>[0]

let finished: { callback: string; binding: string | undefined }[] = []
let outcome: () => { userId: string; serverId: string }
let begun: Parameters<SignIns['begin']>[0][] = []
const signedOut: unknown[] = []
const revoked: unknown[] = []
const signIns: SignIns = {
  ...noSignIns,
  begin: async (request) => {
    begun.push(request)
    if (request.url.includes('plain')) throw new SignInError('not_needed', 'It asks for no sign-in.')
    if (request.url.includes('odd')) throw new SignInError('refused', 'It names another issuer.')
    const state = `state-${begun.length}`
    return { authorizationUrl: `https://login.example.com/authorize?state=${state}` }
  },
  finish: async ({ callback, binding }: Finished) => {
    finished.push({ callback: callback.href, binding })
    return outcome()
  },
  signOut: async (...args) => void signedOut.push(args),
  revoke: async (grant) => void revoked.push(grant),
}

let service: Service
beforeAll(async () => {
  service = await startService({ parts: { signIns } })
})
afterAll(() => service.close())
beforeEach(() => {
  finished = []
  begun = []
  outcome = () => ({ userId: 'anna', serverId: 'the-id' })
})

async function add(as: string, name: string): Promise<string> {
  const body = { name, url: `https://mcp.example.com/${name}` }
  return idOf(await service.ask('POST', '/servers', { as, body }))
}

const cookieOf = (header: string | null) => header?.split(';')[0] ?? ''

test('two sign-ins of one browser come back each with its own binding, through a page that leads on', async () => {
  const { ask } = service
  const id = await add('anna', 'mail')
  const answers = [
    await ask('POST', `/servers/${id}/sign-in`, { as: 'anna' }),
    await ask('POST', `/servers/${id}/sign-in`, { as: 'anna', body: {} }),
  ]
  expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
    [1, 2].map((at) => ({
      ...{ status: 200, body: { authorizationUrl: `https://login.example.com/authorize?state=state-${at}` } },
    })),
  )
  const cookies = answers.map(({ headers }) => headers.get('set-cookie') ?? '')
  for (const cookie of cookies) {
    expect(cookie).toMatch(
      /^switchboard-sign-in-[0-9a-f]{16}=[\w-]{43}; Max-Age=900; Path=\/api\/mcp\/oauth; HttpOnly; SameSite=Lax; Secure$/,
    )
  }
  expect(begun).toMatchObject(
    [1, 2].map(() => ({
      ...{ userId: 'anna', serverId: id, url: 'https://mcp.example.com/mail' },
      redirectUri: 'https://tools.example.com/api/mcp/oauth/callback',
    })),
  )
  const bindings = begun.map(({ binding }) => binding)
  expect(new Set(bindings).size).toBe(2)

  const cookie = cookies.map(cookieOf).join('; ')
  const query = 'code=secret-code&state=state-1&iss=https%3A%2F%2Flogin.example.com'
  const back = await ask('GET', `/oauth/callback?${query}`, { headers: { cookie } })
  expect(finished).toEqual([
    { callback: `https://tools.example.com/api/mcp/oauth/callback?${query}`, binding: bindings[0] },
  ])
  expect(back.status).toBe(200)
  const headers = Object.fromEntries(
    ['content-type', 'referrer-policy', 'cache-control', 'content-security-policy', 'set-cookie'].map(
      (name) => [name, back.headers.get(name)],
    ),
  )
  const [, style = ''] = /<style>([^<]+)<\/style>/.exec(`${back.body}`) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  expect(headers).toEqual({
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    // A browser lets the one style in, and nothing else.
    'content-security-policy': `default-src 'none';style-src 'sha256-${hash}';base-uri 'none';form-action 'none';frame-ancestors 'none'`,
    'set-cookie': expect.stringMatching(/^switchboard-sign-in-[0-9a-f]{16}=; Max-Age=0; /),
  })
  expect(back.body).toContain(
    '<meta http-equiv="refresh" content="1; url=https://app.example.com/servers/the-id">',
  )
  expect(back.body).not.toMatch(/secret-code|state-1|<script/)
})

test('what went wrong is said in words that are no markup, and leads to the configured page only', async () => {
  const { ask } = service
  outcome = () => {
    throw new SignInError('denied', `<script>alert("1")</script> & 'x'`)
  }
  const query =
    'error=%3Cimg%20src%3Dx%3E&error_description=%3Cscript%3E&state=%22%3E%3Cb%3E&next=https://evil.example.com&more=1'
  const back = await ask('GET', `/oauth/callback?${query}`)
  expect(back.status).toBe(200)
  expect(finished).toMatchObject([{ binding: undefined }])
  expect(back.body).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;x&#39;')
  expect(back.body).not.toMatch(/<script|<img|<b>|evil|http-equiv/)
  expect(back.body).toContain('<a href="https://app.example.com/servers/">')
})

test('a failure of ours is told to the person at the browser as well', async () => {
  outcome = () => {
    throw new DatabaseUnreachable('away')
  }
  const back = await service.ask('GET', '/oauth/callback?code=c&state=s')
  expect({ status: back.status, type: back.headers.get('content-type') }).toEqual({
    ...{ status: 503, type: 'text/html; charset=utf-8' },
  })
  expect(back.body).toContain('The database cannot be reached.')
})

test('nothing that only looks uses a sign-in up', async () => {
  expect(await service.ask('HEAD', '/oauth/callback?code=c&state=s')).toMatchObject({ status: 405 })
  expect(finished).toEqual([])
})

test('why a sign-in cannot begin is told, and signing out is passed on', async () => {
  const { ask } = service
  const plain = await add('berta', 'plain')
  const odd = await add('berta', 'odd')
  expect(await ask('POST', `/servers/${plain}/sign-in`, { as: 'berta' })).toMatchObject({
    status: 409,
    body: { type: 'urn:switchboard:problem:sign_in_not_needed', detail: 'It asks for no sign-in.' },
  })
  expect(await ask('POST', `/servers/${odd}/sign-in`, { as: 'berta' })).toMatchObject({
    status: 502,
    body: { type: 'urn:switchboard:problem:sign_in_refused', detail: 'It names another issuer.' },
  })
  expect(await ask('POST', `/servers/${odd}/sign-out`, { as: 'berta' })).toMatchObject({ status: 204 })
  expect(signedOut).toEqual([[{ name: 'berta' }, 'berta', odd]])
})

test('what a server was given is revoked when the server is removed, or its address is another one', async () => {
  const { ask, store } = service
  const as = 'carla'
  const expiresAt = new Date(Date.now() + 600_000)
  const tokens = { accessToken: 'a', refreshToken: 'r', scopes: [], expiresAt }
  const grant = {
    issuer: 'https://login.example.com',
    clientId: 'c',
    redirectUri: 'https://x.example/',
    tokens,
  }
  const id = await add(as, 'one')
  const resource = 'https://mcp.example.com'
  const given = await store.oauth.signedIn({ name: as }, as, id, { ...grant, resource, deniedScopes: [] })
  const remove = (headers: Record<string, string>) => ask('DELETE', `/servers/${id}`, { as, headers })
  expect(await remove({ 'If-Match': '"77"' })).toMatchObject({ status: 412 })
  // Changed elsewhere after it was looked at: nothing is said to have changed, so nothing has.
  const { grant: read } = store.oauth
  store.oauth.grant = async (...which) => {
    store.oauth.grant = read
    await store.servers.change({ name: as }, as, id, { name: 'two' })
    return read(...which)
  }
  expect(await remove({ 'If-Match': '"1"' })).toMatchObject({ status: 412 })
  expect(await store.oauth.grant(as, id)).toEqual(given)
  expect(revoked).toEqual([])
  const change = (body: object) => ask('PATCH', `/servers/${id}`, { as, body })
  await add(as, 'taken')
  expect(await change({ url: 'https://mcp.example.com/other' })).toMatchObject({ status: 200 })
  expect(await change({ url: 'https://other.example.com/', name: 'taken' })).toMatchObject({ status: 409 })
  expect(revoked).toEqual([])
  expect(await change({ url: 'https://other.example.com/' })).toMatchObject({ status: 200 })
  expect(revoked).toEqual([given])

  await change({ url: 'https://mcp.example.com/' })
  const again = await store.oauth.signedIn({ name: as }, as, id, { ...grant, resource, deniedScopes: [] })
  expect(await remove({ 'If-Match': '"5"' })).toMatchObject({ status: 204 })
  expect(revoked).toEqual([given, again])
})

test('authorization servers read who we are', async () => {
  const query = `?issuer=${'a'.repeat(43)}`
  expect((await service.ask('GET', `/oauth/client-metadata.json${query}`)).body).toMatchObject({
    client_id: `https://tools.example.com/api/mcp/oauth/client-metadata.json${query}`,
    redirect_uris: [`https://tools.example.com/api/mcp/oauth/callback${query}`],
  })
  expect(await service.ask('GET', '/oauth/client-metadata.json')).toMatchObject({ status: 400 })
})
