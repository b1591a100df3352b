import { createServer } from 'node:http'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { redirectFor } from '../../../src/registry/oauth/redirect.ts'
import { SignInError } from '../../../src/registry/sign-ins.ts'
import { listen } from '../../support/listen.ts'
import { FakeUser, ids, problemOf, redirectUri } from './support/fake-user.ts'
import { paths, redirect } from './support/fake-world.ts'

const user = await FakeUser.start()
const { world } = user
let hits = 0
const canary = createServer((_request, response) => response.end('{}')).on('connection', () => hits++)
const { host: canaryHost } = await listen(canary)

afterAll(() => {
  canary.close()
  canary.closeAllConnections()
})
beforeEach(() => {
  hits = 0
})

describe('no request goes where the policy forbids it', () => {
  const places: [string, (at: string) => void][] = [
    [
      'resource_metadata',
      (at) => {
        world.challenge = `Bearer resource_metadata="${at}"`
      },
    ],
    [
      'authorization_servers',
      (at) => Object.assign(world.document('resource'), { authorization_servers: [at] }),
    ],
    ...(
      [
        'authorization_endpoint',
        'token_endpoint',
        'registration_endpoint',
        'revocation_endpoint',
        'jwks_uri',
      ] as const
    ).map((name): [string, (at: string) => void] => [
      name,
      (at) => Object.assign(world.document('server'), { [name]: at }),
    ]),
    ...(['mcp', 'resource', 'server', 'registration', 'token'] as const).map(
      (path): [string, (at: string) => void] => [`302 of ${path}`, (at) => world.answer(path, redirect(at))],
    ),
  ]
  test.each(places)('%s', async (_name, point) => {
    for (const scheme of ['http', 'https']) {
      for (const host of [canaryHost, canaryHost.replace('127.0.0.1', 'localhost')]) {
        world.reset()
        point(`${scheme}://${host}/x`)
        const problem = await user.signIn().catch((error: unknown) => error)
        // The first request needs no answer but 401: what it redirects to is simply not looked at.
        expect(problem === undefined || problem instanceof SignInError || world.answers.has(paths.mcp)).toBe(
          true,
        )
      }
    }
    expect(hits).toBe(0)
  })

  test('nor where it is only later that a server names such a place', async () => {
    let now = Date.now()
    const made = user.signIns({ clock: () => now })
    await user.signIn(made)
    now += 570_000
    world.answer('token', redirect(`http://${canaryHost}/`))
    expect((await made.accessToken(ids.userId, ids.serverId))?.value).toBe('Bearer access-canary')
    world.answers.clear()
    now += 5_000
    Object.assign(world.document('server'), { token_endpoint: `https://${canaryHost}/` })
    expect((await made.accessToken(ids.userId, ids.serverId))?.value).toBe('Bearer access-canary')
    const challenge = `Bearer resource_metadata="http://${canaryHost}/"`
    await made.refused({
      ...ids,
      serverId: 'new',
      url: world.url,
      version: undefined,
      status: 401,
      challenge,
    })
    world.reset()
    world.answer('revocation', redirect(`http://${canaryHost}/`))
    await made.signOut({ name: 'ann' }, ids.userId, ids.serverId)
    expect([world.asked('revocation').length > 0, hits]).toEqual([true, 0])
  })
})

test.each([
  'javascript:alert(1)',
  'file:///bin/sh',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'ms-settings:',
  '$(touch /tmp/x)',
  'http://login.example/',
  'https://user:password@login.example/',
  'https://127.0.0.1/',
])('a browser is not sent to %s', async (at) => {
  Object.assign(world.document('server'), { authorization_endpoint: at })
  expect((await problemOf(user.begin())).code).toBe('refused')
})

test('what stands in the query of an authorization endpoint replaces none of our parameters', async () => {
  const smuggled =
    'keep=1&redirect_uri=https://evil.example&state=x&client_id=evil&resource=https://evil.example&scope=admin'
  Object.assign(world.document('server'), { authorization_endpoint: `${world.issuer}/authorize?${smuggled}` })
  const { searchParams } = await user.begin()
  expect([...searchParams].filter(([name]) => !/^(state|code_challenge)$/.test(name))).toEqual([
    ['keep', '1'],
    ['redirect_uri', redirectFor(world.issuer, redirectUri)],
    ['client_id', 'client'],
    ['resource', world.url],
    ['response_type', 'code'],
    ['code_challenge_method', 'S256'],
  ])
  expect(searchParams.getAll('state')).toHaveLength(1)
})
