import { expect, test } from 'vitest'
import { StoreError } from '../../../src/registry/store.ts'
import { ann, newServer, serverUrl } from '../support.ts'
import { flow, oauthClient, seen, signIn, tokens } from './fixtures.ts'
import type { TestedStore } from './tested-store.ts'

/** One user has nothing of another, whatever stands in a text. */
export function testUsers(tested: TestedStore): void {
  test('another user finds nothing of it, and changes nothing', async () => {
    const { store, user } = tested
    const { id, url } = await tested.add('Mail', { headers: { 'X-Key': 's' } })
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
    const { store, user } = tested
    const ids = [user, ` ${user}`, `${user} `, user.toUpperCase(), `${user}%`, `${user}'`, `${user}\\`]
    for (const id of ids) await store.servers.add(ann, id, newServer(id.slice(0, 3)), 1)
    for (const id of ids) expect((await store.servers.list(id, { limit: 9 })).servers).toHaveLength(1)
    for (const wrong of ['', 'x'.repeat(201), 'nul\0', '\ud800']) {
      await expect(store.servers.list(wrong, { limit: 1 })).rejects.toMatchObject({ code: 'not_found' })
    }
  })

  test('SQL in any text is text', async () => {
    const { store, user } = tested
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
}
