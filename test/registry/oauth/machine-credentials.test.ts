import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { parseServers } from '../../../src/config/servers.ts'
import { createMachineCredentials } from '../../../src/registry/oauth/machine-credentials.ts'
import type { MachineProof } from '../../../src/registry/oauth/machine-tokens.ts'
import { withCredentials } from '../../../src/switchboard/given-credentials.ts'
import { open } from '../../support/opened.ts'
import { json as answerJson, RawServer } from '../../support/raw-http.ts'
import { FakeWorld, json } from './support/fake-world.ts'

let world: FakeWorld

beforeAll(async () => {
  world = await FakeWorld.start()
})
afterAll(() => world.stop())
beforeEach(() => {
  world.reset()
  const server = world.document('server')
  for (const name of ['authorization_endpoint', 'code_challenge_methods_supported'])
    Reflect.deleteProperty(server, name)
  Object.assign(server, {
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
  })
})

const secret: MachineProof = { grant: 'client_credentials', clientSecret: 'secret-canary' }
const given = (proof: MachineProof = secret, url = world.url) =>
  createMachineCredentials({
    ...{ url, issuer: world.issuer, clientId: 'machine', proof },
    egress: { allowHosts: [world.host] },
  })
const refusal = () => ({ refused: undefined, status: 401 as const, challenge: world.challenge })

test('a client with a secret gets a token for its server, with the scopes that the server asks for', async () => {
  world.challenge = `${world.challenge}, scope="read write"`
  const credentials = given()
  expect(credentials.authorization).toBeUndefined()
  expect((await credentials.refuse(refusal())).isRenewed).toBe(true)
  expect(credentials.authorization).toBe('Bearer access-canary')
  const [{ headers, body } = { headers: {}, body: '' }] = world.asked('token')
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    grant_type: 'client_credentials',
    resource: world.url,
    scope: 'read write',
  })
  expect(headers.authorization).toBe(`Basic ${Buffer.from('machine:secret-canary').toString('base64')}`)
})

test('a client with a key signs who it is, for this authorization server only', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const proof = { grant: 'client_credentials', algorithm: 'ES256' } as const
  await given({ ...proof, privateKey: await exportPKCS8(privateKey) }).refuse(refusal())
  const assertion = new URLSearchParams(world.asked('token')[0]?.body).get('client_assertion') ?? ''
  const { payload } = await jwtVerify(assertion, publicKey, { audience: world.issuer })
  expect([payload.iss, payload.sub]).toEqual(['machine', 'machine'])
})

test('the word of somebody else is shown as it is, and asked for this server and no other', async () => {
  const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer' as const
  Object.assign(world.document('server'), { grant_types_supported: [grant] })
  const wanted: unknown[] = []
  const assertion = async (about: unknown) => {
    wanted.push(about)
    return 'word'
  }
  expect((await given({ grant, assertion }).refuse(refusal())).isRenewed).toBe(true)
  expect(wanted).toEqual([{ issuer: world.issuer, resource: world.url }])
  expect(Object.fromEntries(new URLSearchParams(world.asked('token')[0]?.body))).toEqual({
    ...{ grant_type: grant, assertion: 'word', resource: world.url, client_id: 'machine' },
  })
})

test('calls that are refused side by side ask for one token, and one that is known is not asked for', async () => {
  const credentials = given()
  await Promise.all([credentials.refuse(refusal()), credentials.refuse(refusal())])
  await credentials.refuse(refusal())
  expect(world.asked('token')).toHaveLength(1)
})

test('who is forbidden something for good is not given another token', async () => {
  const credentials = given()
  await credentials.refuse(refusal())
  const { authorization: refused } = credentials
  const challenge = 'Bearer error="insufficient_scope"'
  const answer = await credentials.refuse({ refused, status: 403, challenge })
  expect(answer).toEqual({ isRenewed: false, reason: 'The server forbids it to this client.' })
})

test.each([
  ['another resource', () => world.document('resource'), { resource: 'https://other.example.com/mcp' }],
  ['another issuer', () => world.document('server'), { issuer: 'https://other.example.com' }],
  ['a token endpoint at home', () => world.document('server'), { token_endpoint: 'http://127.0.0.1:1/t' }],
  ['another grant', () => world.document('server'), { grant_types_supported: ['authorization_code'] }],
])('a server that names %s gets no secret', async (_what, document, change) => {
  Object.assign(document(), change)
  expect((await given().refuse(refusal())).isRenewed).toBe(false)
  expect(JSON.stringify(world.seen)).not.toMatch(/Basic/)
})

test('an authorization server that the server names, and that is not ours, gets no secret', async () => {
  const other = `${world.origin}/other`
  Object.assign(world.document('resource'), { authorization_servers: [other] })
  const metadata = { ...world.document('server'), issuer: other }
  world.documents.set('/.well-known/oauth-authorization-server/other', metadata)
  const { reason } = await given().refuse(refusal())
  expect(reason).toBe(`${world.host} names another authorization server than ${world.issuer}.`)
  expect(world.asked('token')).toEqual([])
})

test('an authorization server that is away keeps a server away only as long as it is', async () => {
  const server = await RawServer.start()
  const resource = { resource: server.url, authorization_servers: [world.issuer] }
  server.handlers.set('GET', (response, _id, { url = '' }) => {
    if (url.includes('oauth-protected-resource')) answerJson(response, resource)
    else response.writeHead(405).end()
  })
  server.handlers.set('initialize', (response, id, { headers }) => {
    if (headers.authorization === 'Bearer access-canary') server.answer(response, id, 'initialize')
    else response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
  })
  server.handlers.set('server/discover', (response) => response.writeHead(404).end())
  world.answer('token', (response) => json(response, 503, {}))
  const { host } = new URL(server.url)
  const egress = { allowHosts: [world.host, host] }
  const { issuer } = world
  const bank = createMachineCredentials({
    ...{ url: server.url, issuer, clientId: 'machine', proof: secret, egress },
  })

  const opened = open({ bank: { url: server.url } }, { credentials: { bank } })
  const { lastError } = await opened.untilState('bank', 'unauthorized')
  expect(lastError).toContain('The token endpoint of')
  world.answers.clear()
  await opened.untilState('bank', 'ready')
})

test('a token that does not live for long is used for half of its life', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  Object.assign(world.document('token'), { expires_in: 30 })
  const credentials = given()
  await credentials.refuse(refusal())
  vi.setSystemTime(Date.now() + 14_000)
  expect(credentials.authorization).toBe('Bearer access-canary')
  vi.setSystemTime(Date.now() + 2_000)
  expect(credentials.authorization).toBeUndefined()
})

test('a server at another address is not given the credentials, whatever its name', () => {
  const bank = given()
  const problem = 'credentials.bank are for a server at another url'
  expect(withCredentials(parseServers({ bank: { url: `${world.origin}/other` } }, {}), { bank })).toEqual({
    entries: [{ name: 'bank', problem }],
    warnings: [],
  })
  const { entries } = withCredentials(parseServers({ bank: { url: world.url } }, {}), { bank })
  expect(entries[0]?.definition?.credentials).toBe(bank)
})

test('credentials for a server that is not there are a warning', () => {
  const { switchboard } = open(
    { bank: { url: world.url, disabled: true } },
    { credentials: { bnak: given() } },
  )
  expect(switchboard.warnings).toEqual([expect.stringContaining('credentials.bnak has no effect')])
})
