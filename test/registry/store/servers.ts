import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ServerRecord, StoreError } from '../../../src/registry/store.ts'
import { ann, newServer, serverUrl } from '../support.ts'
import { flow, seen, signIn } from './fixtures.ts'
import type { TestedStore } from './tested-store.ts'

/** What a user has, and in which order. */
export function testServers(tested: TestedStore): void {
  test('a server is remembered whole, its headers apart', async () => {
    const { store, user } = tested
    const templateId = randomUUID()
    const tools = { include: ['a', 'b\0', '\ud800'], confirm: [] }
    const added = await tested.add('Mail', {
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

  test('a name is taken once for each user, also when two take it at once', async () => {
    const { store, user } = tested
    const attempts = await Promise.allSettled([tested.add('Mail'), tested.add('Mail'), tested.add('Mail')])
    expect(attempts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
    const other = await tested.add('Files')
    await expect(store.servers.change(ann, user, other.id, { name: 'Mail' })).rejects.toMatchObject({
      code: 'name_taken',
      message: 'there is a server named “Mail” already',
    })
    await store.servers.add(ann, `${user} 2`, newServer('Mail'), 5)
    expect(await tested.names()).toEqual(['Mail', 'Files'])
  })

  test('no more servers than allowed, also when they come at once', async () => {
    const { store, user } = tested
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
    const { store, user } = tested
    const { id } = await tested.add('Mail')
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
    const { store, user } = tested
    const { id } = await tested.add('Mail', { headers: { H: 's' }, tools: { include: ['a'] } })
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
    const { store, user } = tested
    const server = await tested.add('Mail', { headers: { H: 's' } })
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
    const { store, user } = tested
    const { id, url } = await tested.add('Mail', { headers: { Old: 's' } })
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
    const { store, user } = tested
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push((await tested.add(name)).id)
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
    await tested.add('f')
    expect(await tested.names()).toEqual(['e', 'c', 'a', 'b', 'd', 'f'])
  })

  test('listing, adding, ordering and removing agree with a plain list', async () => {
    const { store } = tested
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
}
