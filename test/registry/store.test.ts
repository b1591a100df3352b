// Not split: each test needs a database, and to start and stop them takes about half of the time.
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { flows } from '../../src/registry/database/schema.ts'
import { createStore } from '../../src/registry/store/create-store.ts'
import {
  type Change,
  type NewObservation,
  type RegistryStore,
  type ServerRecord,
  StoreError,
} from '../../src/registry/store.ts'
import { until } from '../support/until.ts'
import {
  ann,
  databaseKinds,
  newServer,
  newVault,
  openTestDatabase,
  serverUrl,
  type TestDatabase,
} from './support.ts'

const operator = { name: 'olga' }

describe.each(databaseKinds)('in %s', (kind) => {
  let opened: TestDatabase | string
  let store: RegistryStore
  /** A new one for each test. */
  let user: string

  beforeAll(async () => {
    opened = await openTestDatabase(kind)
    if (typeof opened !== 'string') store = createStore({ database: opened.database, vault: newVault() })
  })
  beforeEach((context) => {
    if (typeof opened === 'string') context.skip(opened)
    user = `user ${randomUUID()}`
  })
  afterAll(async () => {
    if (typeof opened !== 'string') await opened.close()
  })

  const add = (name: string, rest = {}) => store.servers.add(ann, user, newServer(name, rest), 50)
  const names = async () => (await store.servers.list(user, { limit: 100 })).servers.map(({ name }) => name)

  test('a server is remembered whole, its headers apart', async () => {
    const templateId = randomUUID()
    const tools = { include: ['a', 'b\0', '\ud800'], confirm: [] }
    const added = await add('Mail', {
      headers: { 'X-Key': 's', Other: '' },
      enabled: false,
      tools,
      templateId,
    })
    expect(added).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      userId: user,
      name: 'Mail',
      url: 'https://mcp.example.com/mcp',
      enabled: false,
      templateId,
      tools,
      headerNames: ['X-Key', 'Other'],
      version: 1,
      createdAt: expect.any(Date),
      updatedAt: added.createdAt,
      lastSeen: undefined,
      grant: undefined,
    })
    expect(await store.servers.get(user, added.id)).toEqual(added)
    expect(await store.servers.list(user, { limit: 1 })).toEqual({ servers: [added], nextCursor: undefined })
    expect(await store.servers.headers(user, added.id, serverUrl)).toEqual({ 'X-Key': 's', Other: '' })
  })

  test('another user finds nothing of it, and changes nothing', async () => {
    const { id, url } = await add('Mail', { headers: { 'X-Key': 's' } })
    const grant = await store.oauth.signedIn(ann, user, id, signIn(url))
    const before = await store.servers.get(user, id)
    const other = `other ${user}`

    expect(await store.servers.get(other, id)).toBe(undefined)
    expect(await store.servers.list(other, { limit: 10 })).toEqual({ servers: [], nextCursor: undefined })
    expect(await store.servers.headers(other, id, serverUrl)).toEqual({})
    expect(await store.oauth.grant(other, id)).toBe(undefined)
    expect(await store.oauth.signedOut(ann, other, id)).toBe(undefined)
    expect(await store.oauth.leaseRefresh(other, id, grant.version, 'h', 1_000)).toBe(false)
    expect(await store.oauth.refreshed(other, id, grant.version, 'h', tokens('x'))).toBe(undefined)
    await store.servers.observe(other, [seen(id)])
    await store.oauth.tokensEnded(other, id, grant.version)
    for (const attempt of [
      () => store.servers.change(ann, other, id, { name: 'Mine' }),
      () => store.servers.remove(ann, other, id),
      () => store.servers.order(ann, other, [id]),
      () => store.oauth.signedIn(ann, other, id, signIn(url)),
      () => store.oauth.signInNeeded(other, id, []),
      () => store.oauth.denied(ann, other, id, ['mail']),
      () => store.oauth.beginFlow(flow({ userId: other, serverId: id })),
    ]) {
      await expect(attempt()).rejects.toThrow(StoreError)
    }
    expect(await store.servers.get(user, id)).toEqual(before)
  })

  test('user ids are told apart by each character', async () => {
    const ids = [user, ` ${user}`, `${user} `, user.toUpperCase(), `${user}%`, `${user}'`, `${user}\\`]
    for (const id of ids) await store.servers.add(ann, id, newServer(id.slice(0, 3)), 1)
    for (const id of ids) expect((await store.servers.list(id, { limit: 9 })).servers).toHaveLength(1)
    for (const wrong of ['', 'x'.repeat(201), 'nul\0', '\ud800']) {
      await expect(store.servers.list(wrong, { limit: 1 })).rejects.toMatchObject({ code: 'not_found' })
    }
  })

  test('SQL in any text is text', async () => {
    const texts = [`'; drop table servers; --`, `$1`, `{"a":1}`, `\\'; delete from grants`, `%s ? :x`, `null`]
    for (const [at, text] of texts.entries()) {
      const userId = `${user}${text}`
      const server = { name: text, url: `https://a.example.com/${text}`, headers: { H: text } }
      const choice = { include: [text], exclude: [text], confirm: [text] }
      const { id, url } = await store.servers.add(
        { name: text },
        userId,
        newServer(text, { ...server, tools: choice }),
        1,
      )
      await store.servers.observe(userId, [{ ...seen(id), problem: text, functions: [text] }])
      const first = { ...signIn(url), issuer: text, clientId: text, redirectUri: text, deniedScopes: [text] }
      const { version } = await store.oauth.signedIn({ name: text }, userId, id, {
        ...first,
        tokens: tokens(text, [text]),
      })
      expect(await store.oauth.leaseRefresh(userId, id, version, text, 1_000)).toBe(true)
      expect(await store.servers.get(userId, id)).toMatchObject({
        userId,
        name: text,
        url,
        tools: choice,
        lastSeen: { problem: text, functions: [text] },
        grant: { issuer: text, scopes: [text] },
      })
      expect(await store.servers.headers(userId, id, url)).toEqual({ H: text })
      expect(await store.oauth.grant(userId, id)).toMatchObject({ tokens: tokens(text, [text]) })

      const client = { ...oauthClient(`${user} ${at}`), clientId: text, clientSecret: text }
      await store.oauth.saveClient({ ...client, issuer: `${user}${text}` })
      expect(await store.oauth.client(`${user}${text}`, client.redirectUri)).toMatchObject({ clientId: text })
      expect(await store.oauth.client(text, text)).toBe(undefined)
      await store.oauth.beginFlow(flow({ userId, serverId: id, stateHash: userId, codeVerifier: text }))
      expect(await store.oauth.takeFlow(userId)).toMatchObject({ codeVerifier: text })
      await store.templates.add({ name: text }, { name: userId, description: text, url: text, needs: [] })
      await store.apiKeys.add({ name: text }, userId, 'agent')
      expect((await store.audit({ userId, limit: 9 })).map(({ actor }) => actor)).toContain(text)
      await expect(store.servers.list(userId, { limit: 1, cursor: text })).rejects.toMatchObject({
        code: 'wrong_cursor',
      })
      expect(await store.servers.get(userId, text)).toBe(undefined)
    }
    expect((await store.templates.list()).filter(({ name }) => name.startsWith(user))).toHaveLength(
      texts.length,
    )
  })

  test('a name is taken once for each user, also when two take it at once', async () => {
    const attempts = await Promise.allSettled([add('Mail'), add('Mail'), add('Mail')])
    expect(attempts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
    const other = await add('Files')
    await expect(store.servers.change(ann, user, other.id, { name: 'Mail' })).rejects.toMatchObject({
      code: 'name_taken',
      message: 'there is a server named “Mail” already',
    })
    await store.servers.add(ann, `${user} 2`, newServer('Mail'), 5)
    expect(await names()).toEqual(['Mail', 'Files'])
  })

  test('no more servers than allowed, also when they come at once', async () => {
    const attempts = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      store.servers.add(ann, user, newServer(name), 3).then(
        () => 'added',
        ({ code }) => code,
      ),
    )
    expect((await Promise.all(attempts)).toSorted()).toEqual([
      'added',
      'added',
      'added',
      'too_many',
      'too_many',
    ])
  })

  test('of two changes of the same version one is made', async () => {
    const { id } = await add('Mail')
    const attempts = await Promise.allSettled([
      store.servers.change(ann, user, id, { name: 'One' }, 1),
      store.servers.change(ann, user, id, { name: 'Two' }, 1),
    ])
    const codes = attempts.map((one) => (one.status === 'fulfilled' ? one.value.version : one.reason.code))
    expect(codes.map(String).toSorted()).toEqual(['2', 'changed_meanwhile'])
    await expect(store.servers.remove(ann, user, id, 1)).rejects.toMatchObject({ code: 'changed_meanwhile' })
    await store.servers.remove(ann, user, id, 2)
    await expect(store.servers.remove(ann, user, id)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a change leaves what it does not name, and none at all leaves the version', async () => {
    const { id } = await add('Mail', { headers: { H: 's' }, tools: { include: ['a'] } })
    const changed = await store.servers.change(ann, user, id, {
      enabled: false,
      url: 'https://mcp.example.com/b',
    })
    expect(changed).toMatchObject({ name: 'Mail', enabled: false, tools: { include: ['a'] }, version: 2 })
    expect(await store.servers.headers(user, id, serverUrl)).toEqual({ H: 's' })
    expect(await store.servers.change(ann, user, id, { enabled: false, name: 'Mail' })).toEqual(changed)
    const bare = await store.servers.change(ann, user, id, { headers: {} })
    expect(bare).toMatchObject({ headerNames: [], version: 3 })
    expect(await store.servers.headers(user, id, serverUrl)).toEqual({})
  })

  test.each([
    ['another host', 'https://evil.example.com/mcp'],
    ['another port', 'https://mcp.example.com:8443/mcp'],
    ['no TLS', 'http://mcp.example.com/mcp'],
  ])('at another origin (%s) nothing is left of headers, sign-in and what was begun', async (_, url) => {
    const server = await add('Mail', { headers: { H: 's' } })
    const { id } = server
    const signedIn = await store.oauth.signedIn(ann, user, id, signIn(server.url))
    await store.oauth.beginFlow(flow({ userId: user, serverId: id, stateHash: user }))
    await store.servers.observe(user, [seen(id)])

    const changed = await store.servers.change(ann, user, id, { url })
    expect(changed).toMatchObject({ url, headerNames: [], grant: undefined, lastSeen: undefined })
    expect(await store.servers.headers(user, id, url)).toEqual({})
    expect(await store.oauth.grant(user, id)).toBe(undefined)
    expect(await store.oauth.takeFlow(user)).toBe(undefined)
    // Taken before the change, and come back after it.
    await expect(store.oauth.signedIn(ann, user, id, signIn(server.url))).rejects.toThrow('another address')
    const again = await store.oauth.signedIn(ann, user, id, signIn(url))
    expect(again.version).toBeGreaterThan(signedIn.version)
  })

  test('headers that come along with another origin are kept, the sign-in is not', async () => {
    const { id, url } = await add('Mail', { headers: { Old: 's' } })
    await store.oauth.signedIn(ann, user, id, signIn(url))
    const change = { url: 'https://other.example.com/', headers: { New: 't' } }
    expect(await store.servers.change(ann, user, id, change)).toMatchObject({
      headerNames: ['New'],
      grant: undefined,
    })
    expect(await store.servers.headers(user, id, change.url)).toEqual({ New: 't' })
    // Who has read the address before the change does not send them there.
    expect(await store.servers.headers(user, id, url)).toEqual({})
  })

  test('servers are listed in the order that was given, page by page', async () => {
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push((await add(name)).id)
    const [a = '', b = '', c = '', d = '', e = ''] = ids
    await store.servers.order(ann, user, [e, c, a, b.toUpperCase(), d])
    const pages: string[][] = []
    let cursor: string | undefined
    do {
      const page: { servers: ServerRecord[]; nextCursor: string | undefined } = await store.servers.list(
        user,
        {
          limit: 2,
          cursor,
        },
      )
      pages.push(page.servers.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    expect(pages).toEqual([['e', 'c'], ['a', 'b'], ['d']])
    for (const wrong of [[a, b, c, d], [a, b, c, d, d], [a, b, c, d, randomUUID()], ['x', b, c, d, e], []]) {
      await expect(store.servers.order(ann, user, wrong)).rejects.toMatchObject({ code: 'wrong_order' })
    }
    await add('f')
    expect(await names()).toEqual(['e', 'c', 'a', 'b', 'd', 'f'])
  })

  test('listing, adding, ordering and removing agree with a plain list', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), name: fc.integer({ min: 0, max: 9 }) }),
      fc.record({ do: fc.constant('remove' as const), at: fc.nat(9) }),
      fc.record({ do: fc.constant('order' as const), by: fc.nat(9) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, limit) => {
          const userId = `user ${randomUUID()}`
          let expected: { id: string; name: string }[] = []
          for (const one of steps) {
            if (one.do === 'add') {
              const name = `n${one.name}`
              const adding = store.servers.add(ann, userId, newServer(name), 5)
              if (expected.some((server) => server.name === name) || expected.length >= 5) {
                await expect(adding).rejects.toThrow(StoreError)
              } else expected.push({ id: (await adding).id, name })
            } else if (one.do === 'remove') {
              const server = expected[one.at]
              if (server === undefined) continue
              await store.servers.remove(ann, userId, server.id)
              expected = expected.filter((other) => other !== server)
            } else {
              const by = one.by % (expected.length || 1)
              expected = [...expected.slice(by), ...expected.slice(0, by)]
              const ids = expected.map(({ id }) => id)
              await store.servers.order(ann, userId, ids)
            }
          }
          const listed: { id: string; name: string }[] = []
          let cursor: string | undefined
          do {
            const page = await store.servers.list(userId, { limit, cursor })
            listed.push(...page.servers.map(({ id, name }) => ({ id, name })))
            cursor = page.nextCursor
          } while (cursor !== undefined)
          expect(listed).toEqual(expected)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('what is seen is remembered since when, and told only when it is news', async () => {
    const { heard, stop } = listening()
    const { id } = await add('Mail')
    const first = await observed({ ...seen(id), status: 'connecting', from: 'test' })
    const same = await observed({ ...seen(id), status: 'connecting', from: 'test' })
    expect(same).toEqual({ ...first, at: same?.at })
    expect(same?.at.getTime()).toBeGreaterThanOrEqual(first?.at.getTime() ?? Number.POSITIVE_INFINITY)
    const named = await observed({ ...seen(id), status: 'connecting', functions: ['f\0'] })
    expect(named).toMatchObject({ since: first?.since, from: 'call', functions: ['f\0'] })
    const failed = await observed({ ...seen(id), status: 'failed', problem: 'no\0thing' })
    expect(failed).toMatchObject({ since: failed?.at, problem: 'no\ufffdthing', functions: ['search'] })
    await store.servers.observe(user, [seen(randomUUID()), { ...seen(id), id: 'x' }])
    await add('Last')
    await until(() => heard.filter(({ kind }) => kind === 'servers').length === 2, 'the last change')
    expect(heard.map(({ kind }) => kind)).toEqual(['servers', 'status', 'status', 'status', 'servers'])
    stop()

    async function observed(one: NewObservation) {
      await store.servers.observe(user, [one])
      return (await store.servers.get(user, id))?.lastSeen
    }
  })

  test('a server goes with all that belongs to it', async () => {
    const { id, url } = await add('Mail', { headers: { H: 's' } })
    const { version } = await store.oauth.signedIn(ann, user, id, signIn(url))
    await store.oauth.beginFlow(flow({ userId: user, serverId: id, stateHash: user }))
    await store.servers.observe(user, [seen(id)])
    await store.servers.remove(ann, user, id)
    expect(await store.servers.get(user, id)).toBe(undefined)
    expect(await store.servers.headers(user, id, serverUrl)).toEqual({})
    expect(await store.oauth.grant(user, id)).toBe(undefined)
    expect(await store.oauth.takeFlow(user)).toBe(undefined)
    await expect(store.oauth.signedIn(ann, user, id, signIn(url))).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(store.oauth.signInNeeded(user, id, [])).rejects.toMatchObject({ code: 'not_found' })
    await expect(store.oauth.denied(ann, user, id, [])).rejects.toMatchObject({ code: 'not_found' })
    await store.oauth.tokensEnded(user, id, version)
  })

  test('each change has its line in the audit log, what is refused has none', async () => {
    const { id, url } = await add('Mail', { url: 'https://mcp.example.com/mcp?key=k', headers: { H: 's' } })
    const second = await add('Files')
    await store.servers.change(ann, user, id, { name: 'Post', headers: { I: 't' } })
    await store.servers.order(ann, user, [second.id, id])
    await store.oauth.signInNeeded(user, id, ['mail'])
    await store.oauth.signedIn(ann, user, id, signIn(url))
    await store.oauth.signedOut(ann, user, id)
    await expect(add('Post')).rejects.toThrow(StoreError)
    await store.servers.remove(ann, user, id)
    const lines = await store.audit({ userId: user, limit: 20 })
    expect(lines.map(({ actor, action, subject, details }) => [actor, action, subject, details])).toEqual([
      ['ann', 'server.removed', id, { name: 'Post' }],
      ['ann', 'signed_out', id, { issuer }],
      ['ann', 'signed_in', id, { issuer, scopes: ['mail'], deniedScopes: [] }],
      ['registry', 'sign_in.needed', id, { scopes: ['mail'] }],
      ['ann', 'servers.ordered', undefined, { count: 2 }],
      ['ann', 'server.changed', id, { name: 'Post', changed: ['name', 'headers'], headers: ['I'] }],
      ['ann', 'server.added', second.id, { name: 'Files', origin: 'https://mcp.example.com', headers: [] }],
      ['ann', 'server.added', id, { name: 'Mail', origin: 'https://mcp.example.com', headers: ['H'] }],
    ])
    expect((await store.audit({ limit: 1 }))[0]).toEqual(lines[0])
  })

  test('listeners hear of each change of a user once, and of nothing that was refused', async () => {
    const { heard, stop } = listening()
    const { id, url } = await add('Mail')
    await expect(add('Mail')).rejects.toThrow(StoreError)
    await store.servers.observe(user, [seen(id)])
    await store.oauth.signedIn(ann, user, id, signIn(url))
    await store.servers.remove(ann, user, id)
    await until(() => heard.length >= 4, 'four changes')
    stop()
    await add('Unheard')
    expect(heard).toEqual(['servers', 'status', 'servers', 'servers'].map((kind) => ({ userId: user, kind })))
  })

  test('templates are listed, found, and removed without their servers', async () => {
    const template = { name: user, description: 'd', url: 'https://a.example.com/{team}', needs: [] }
    const added = await store.templates.add(operator, template)
    expect(await store.templates.get(added.id)).toEqual({ ...template, id: added.id })
    expect(await store.templates.list()).toContainEqual(added)
    await expect(store.templates.add(operator, template)).rejects.toMatchObject({ code: 'name_taken' })
    const server = await add('Mail', { templateId: added.id })
    await store.templates.remove(operator, added.id)
    await expect(store.templates.remove(operator, added.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(store.templates.remove(operator, 'x')).rejects.toMatchObject({ code: 'not_found' })
    expect(await store.templates.get(added.id)).toBe(undefined)
    expect(await store.servers.get(user, server.id)).toMatchObject({ templateId: added.id })
  })

  test('a key is told once, and finds who it is until it is removed', async () => {
    const { key, record } = await store.apiKeys.add(operator, user, 'agent')
    expect(key).toMatch(/^sbk_[A-Za-z0-9_-]{43}$/)
    expect(await store.apiKeys.find(key)).toEqual(record)
    expect(await store.apiKeys.list()).toContainEqual(record)
    expect(await store.apiKeys.find(`${key.slice(0, -1)}${key.endsWith('A') ? 'E' : 'A'}`)).toBe(undefined)
    expect(await store.apiKeys.find(`${key} `)).toBe(undefined)
    await expect(store.apiKeys.add(operator, user, 'agent')).rejects.toMatchObject({ code: 'name_taken' })
    await store.apiKeys.remove(operator, user)
    expect(await store.apiKeys.find(key)).toBe(undefined)
    await expect(store.apiKeys.remove(operator, user)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a client at an authorization server is kept for one issuer and redirect address', async () => {
    const client = oauthClient(user)
    await store.oauth.saveClient(client)
    expect(await store.oauth.client(client.issuer, client.redirectUri)).toEqual(client)
    expect(await store.oauth.client(client.issuer, `${client.redirectUri}/`)).toBe(undefined)
    expect(await store.oauth.client(`${client.issuer}/`, client.redirectUri)).toBe(undefined)
    const next = { ...client, clientSecret: undefined, expiresAt: undefined, tokenEndpointAuthMethod: 'none' }
    await store.oauth.saveClient(next)
    expect(await store.oauth.client(client.issuer, client.redirectUri)).toEqual(next)
    await store.oauth.dropClient(client.issuer, client.redirectUri)
    expect(await store.oauth.client(client.issuer, client.redirectUri)).toBe(undefined)
  })

  test('a sign-in that was begun is taken once, by one, and in time', async () => {
    const { id } = await add('Mail')
    const begun = flow({ userId: user, serverId: id, stateHash: `${user} 1` })
    await store.oauth.beginFlow(begun)
    const taken = await Promise.all([1, 2, 3].map(() => store.oauth.takeFlow(begun.stateHash)))
    expect(taken.filter((one) => one !== undefined)).toEqual([begun])
    const late = { ...begun, stateHash: `${user} 2`, expiresAt: new Date(Date.now() - 1) }
    await store.oauth.beginFlow(late)
    expect(await store.oauth.takeFlow(late.stateHash)).toBe(undefined)
    await store.oauth.beginFlow(late)
    await store.oauth.beginFlow({ ...begun, stateHash: `${user} 3` })
    if (typeof opened === 'string') return
    const left = await opened.database.read((queries) =>
      queries.select().from(flows).where(eq(flows.userId, user)),
    )
    expect(left.map(({ stateHash }) => stateHash)).toEqual([`${user} 3`])
    expect(await store.oauth.takeFlow(user)).toBe(undefined)
  })

  test('a grant goes from needed to signed in, to more needed, to denied, to signed out', async () => {
    const { id, url } = await add('Mail')
    const facts = async () => {
      const grant = await store.oauth.grant(user, id)
      return grant && [grant.state, grant.wantedScopes, grant.deniedScopes]
    }
    await store.oauth.signInNeeded(user, id, ['mail'])
    expect(await facts()).toEqual(['signed_out', ['mail'], []])
    const given = signIn(url)
    const first = await store.oauth.signedIn(ann, user, id, given)
    expect(first).toEqual({
      state: 'signed_in',
      ...given,
      scopes: ['mail'],
      expiresAt: given.tokens.expiresAt,
      wantedScopes: [],
      version: expect.any(Number),
    })
    await store.oauth.signInNeeded(user, id, ['mail', 'send'])
    expect(await facts()).toEqual(['more_needed', ['send'], []])
    await store.oauth.denied(ann, user, id, ['send'])
    expect(await facts()).toEqual(['signed_in', [], ['send']])
    await store.oauth.signInNeeded(user, id, ['send'])
    expect(await facts()).toEqual(['signed_in', [], ['send']])
    await store.oauth.signInNeeded(user, id, [])
    expect(await facts()).toEqual(['more_needed', [], ['send']])
    await store.oauth.tokensEnded(user, id, first.version - 1)
    expect(await facts()).toEqual(['more_needed', [], ['send']])

    const none = { clientId: undefined, redirectUri: undefined, resource: undefined, tokens: undefined }
    const signedOut = { state: 'signed_out', issuer, ...none, scopes: [], expiresAt: undefined }
    const { version } = await store.oauth.signedIn(ann, user, id, { ...given, deniedScopes: ['send'] })
    await store.oauth.tokensEnded(user, id, version)
    const ended = { ...signedOut, wantedScopes: ['mail'], deniedScopes: ['send'], version }
    expect(await store.oauth.grant(user, id)).toEqual(ended)
    const last = await store.oauth.signedIn(ann, user, id, given)
    expect(await store.oauth.signedOut(ann, user, id)).toMatchObject({ tokens: last.tokens })
    expect(await store.oauth.grant(user, id)).toEqual({
      ...{ ...signedOut, wantedScopes: [], deniedScopes: [], version: last.version },
    })
  })

  test('one refreshes at a time, and only the tokens that it knows', async () => {
    const { id, url } = await add('Mail')
    const { version } = await store.oauth.signedIn(ann, user, id, signIn(url))
    const lease = (holder: string, leaseMs = 60_000, of = version) =>
      store.oauth.leaseRefresh(user, id, of, holder, leaseMs)
    expect(await lease('one', 60_000, version + 1)).toBe(false)
    const leases = await Promise.all(['one', 'two', 'three', 'four'].map((holder) => lease(holder)))
    expect(leases.filter((isLeased) => isLeased)).toHaveLength(1)
    const holder = ['one', 'two', 'three', 'four'][leases.indexOf(true)] ?? ''
    expect(await expiring()).toBe(false)
    expect(await store.oauth.refreshed(user, id, version, 'somebody', tokens('x'))).toBe(undefined)
    await store.oauth.releaseRefresh(user, id, 'somebody')
    expect(await lease('five')).toBe(false)

    await store.oauth.releaseRefresh(user, id, holder)
    expect(await expiring()).toBe(true)
    expect(await lease('gone', 1)).toBe(true)
    await until(() => lease('five'), 'the lease of who is gone to end')
    expect(await store.oauth.refreshed(user, id, version, 'gone', tokens('x'))).toBe(undefined)
    const refreshed = await store.oauth.refreshed(user, id, version, 'five', tokens('new'))
    expect(refreshed?.tokens).toEqual(tokens('new'))
    expect(refreshed?.version).toBeGreaterThan(version)
    expect(await lease('six')).toBe(false)
    expect(await lease('six', 60_000, refreshed?.version)).toBe(true)

    async function expiring() {
      const found = await store.oauth.expiring(new Date(), new Date(Date.now() + 3_600_000), 1_000)
      return found.some(({ userId, serverId }) => userId === user && serverId === id)
    }
  })

  function listening(): { heard: Change[]; stop: () => void } {
    const heard: Change[] = []
    const stop = store.onChange((change) => {
      if (change !== 'all' && change.userId === user) heard.push(change)
    })
    return { heard, stop }
  }
})

const issuer = 'https://auth.example.com'

function seen(id: string): NewObservation {
  return { id, status: 'ready', from: 'call', problem: undefined, functions: ['search'] }
}

function tokens(text: string, scopes = ['mail']) {
  const expiresAt = new Date('2030-01-01T00:00:00.123Z')
  return { accessToken: `access ${text}`, refreshToken: `refresh ${text}`, scopes, expiresAt }
}

function signIn(resource: string) {
  const client = { clientId: 'client', redirectUri: 'https://tools.example.com/callback' }
  const soon = { ...tokens('1'), expiresAt: new Date(Date.now() + 60_000) }
  return { issuer, ...client, resource, tokens: soon, deniedScopes: [] as string[] }
}

function oauthClient(name: string) {
  return {
    issuer: `https://auth.example.com/${name}`,
    redirectUri: 'https://tools.example.com/callback',
    clientId: 'client',
    clientSecret: 'client secret',
    tokenEndpointAuthMethod: 'client_secret_basic',
    expiresAt: new Date('2030-01-01T00:00:00Z'),
  }
}

function flow(rest: { userId: string; serverId: string; stateHash?: string; codeVerifier?: string }) {
  return {
    stateHash: 'state',
    bindingHash: 'binding',
    issuer,
    clientId: 'client',
    redirectUri: 'https://tools.example.com/callback',
    resource: 'https://mcp.example.com/mcp',
    scopes: ['mail'],
    codeVerifier: 'verifier',
    expiresAt: new Date(Date.now() + 60_000),
    ...rest,
  }
}
