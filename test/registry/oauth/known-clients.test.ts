import { beforeEach, describe, expect, test } from 'vitest'
import { redirectFor } from '../../../src/registry/oauth/redirect.ts'
import { binding, FakeUser, ids, problemOf, redirectUri } from './support/fake-user.ts'

const user = await FakeUser.start()
const { world } = user

describe('a client that was registered by hand', () => {
  const made = { clientId: '0b2f6c1e-client', clientSecret: 'secret of ours' }
  const known = () => ({ clients: [{ issuer: world.issuer, ...made }] })

  test('is the one that signs in, with its secret as every authorization server can read it', async () => {
    Reflect.deleteProperty(world.document('server'), 'registration_endpoint')
    await user.signIn(user.signIns({ known: known() }))
    const [{ headers, body } = { headers: {}, body: '' }] = world.asked('token')
    const basic = Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString()
    expect(basic).toBe('0b2f6c1e-client:secret+of+ours')
    expect(new URLSearchParams(body).get('redirect_uri')).toBe(redirectUri)
    expect(user.store.clients.size).toBe(0)
  })

  test('comes back to an address of its issuer where an answer does not say from whom it is', async () => {
    Reflect.deleteProperty(world.document('server'), 'authorization_response_iss_parameter_supported')
    const signIns = user.signIns({ known: known() })
    const url = await user.begin(signIns)
    expect(url.searchParams.get('redirect_uri')).toBe(redirectFor(world.issuer, redirectUri))
    const elsewhere = user.callbackOf(url)
    elsewhere.searchParams.delete('issuer')
    expect((await problemOf(signIns.finish({ callback: elsewhere, binding }))).code).toBe('refused')
    expect(world.asked('token')).toEqual([])
  })

  test('is told to its own issuer only', async () => {
    const clients = [{ issuer: 'https://other.example.com', ...made }]
    await user.signIn(user.signIns({ known: { clients } }))
    expect(world.asked('registration')).toHaveLength(1)
    expect(JSON.stringify(world.seen)).not.toMatch(/0b2f6c1e/)
  })
})

test('a registry that nobody reaches over https is known by a document that is served elsewhere', async () => {
  const clientDocument = 'https://static.example.com/client.json'
  Object.assign(world.document('server'), { client_id_metadata_document_supported: true })
  const made = user.signIns({ known: { clientDocument } })
  await user.signIn(made)
  expect(new URLSearchParams(world.asked('token')[0]?.body).get('client_id')).toBe(clientDocument)
  expect(world.asked('registration')).toEqual([])
})

test('where the answers of several come back, each says from whom it is, whatever the metadata says by then', async () => {
  Object.assign(world.document('server'), { client_id_metadata_document_supported: true })
  const made = user.signIns({ known: { clientDocument: 'https://static.example.com/client.json' } })
  const callback = user.callbackOf(await user.begin(made))
  callback.searchParams.delete('iss')
  Object.assign(world.document('server'), { authorization_response_iss_parameter_supported: false })
  expect((await problemOf(made.finish({ callback, binding }))).message).toContain(
    'does not say whom it is from',
  )
  expect(world.asked('token')).toEqual([])
})

test('a server of MCP 2025-03-26 signs users in for itself only: its tokens do not say for whom they are', async () => {
  Object.assign(world.document('resource'), { authorization_servers: ['https://older.example.com'] })
  const made = user.signIns({ known: { olderHosts: ['older.example.com'] } })
  expect((await problemOf(user.begin(made))).message).toContain(
    'an older server that does it for itself only',
  )
})

describe('a server of MCP 2025-03-26, which says nothing of an authorization server', () => {
  const older = () => user.signIns({ known: { olderHosts: [world.host] } })

  beforeEach(() => {
    world.challenge = undefined
    const server = world.document('server')
    world.documents.clear()
    world.documents.set('/.well-known/oauth-authorization-server', server)
    world.documents.set('/as/register', { client_id: 'client' })
    world.documents.set('/as/token', { access_token: 'access-canary', token_type: 'Bearer' })
  })

  test('is refused unless the operator has named it', async () => {
    expect((await problemOf(user.begin(user.signIns()))).code).toBe('refused')
    expect(world.seen.filter(({ path }) => path.includes('authorization-server'))).toEqual([])
  })

  test('signs in with what stands at its root', async () => {
    const made = older()
    await user.signIn(made)
    expect((await made.accessToken(ids.userId, ids.serverId))?.value).toBe('Bearer access-canary')
  })

  test('signs in at the usual places where nothing stands there', async () => {
    world.documents.clear()
    world.documents.set('/register', { client_id: 'client', client_secret: 'secret' })
    world.documents.set('/token', { access_token: 'access-canary', token_type: 'Bearer' })
    const made = older()
    const url = await user.begin(made)
    expect(url.origin + url.pathname).toBe(`${world.origin}/authorize`)
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
    await made.finish({ callback: user.callbackOf(url, { iss: world.origin }), binding })
    expect((await made.accessToken(ids.userId, ids.serverId))?.value).toBe('Bearer access-canary')
  })

  test('may not name an issuer elsewhere', async () => {
    const metadata = { issuer: 'https://attacker.example.com', authorization_endpoint: `${world.issuer}/a` }
    const server = {
      ...metadata,
      token_endpoint: `${world.issuer}/t`,
      code_challenge_methods_supported: ['S256'],
    }
    world.documents.set('/.well-known/oauth-authorization-server', server)
    expect((await problemOf(user.begin(older()))).message).toContain('calls itself')
  })

  test('is still refused where it says that it checks codes in another way', async () => {
    const server = world.documents.get('/.well-known/oauth-authorization-server')
    Object.assign(server ?? {}, { code_challenge_methods_supported: ['plain'] })
    expect((await problemOf(user.begin(older()))).message).toContain('PKCE')
  })
})
