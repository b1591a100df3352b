import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { flows } from '../../../src/registry/database/schema.ts'
import { until } from '../../support/until.ts'
import { ann } from '../support.ts'
import { flow, issuer, oauthClient, signIn, tokens } from './fixtures.ts'
import type { TestedStore } from './tested-store.ts'

/** What signing in keeps. */
export function testSignIns(tested: TestedStore): void {
  test('a client at an authorization server is kept for one issuer and redirect address', async () => {
    const { store, user } = tested
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
    const { store, user } = tested
    const { id } = await tested.add('Mail')
    const begun = flow({ userId: user, serverId: id, stateHash: `${user} 1` })
    await store.oauth.beginFlow(begun)
    const taken = await Promise.all([1, 2, 3].map(() => store.oauth.takeFlow(begun.stateHash)))
    expect(taken.filter((one) => one !== undefined)).toEqual([begun])
    const late = { ...begun, stateHash: `${user} 2`, expiresAt: new Date(Date.now() - 1) }
    await store.oauth.beginFlow(late)
    expect(await store.oauth.takeFlow(late.stateHash)).toBe(undefined)
    await store.oauth.beginFlow(late)
    await store.oauth.beginFlow({ ...begun, stateHash: `${user} 3` })
    const left = await tested.database.read((queries) =>
      queries.select().from(flows).where(eq(flows.userId, user)),
    )
    expect(left.map(({ stateHash }) => stateHash)).toEqual([`${user} 3`])
    expect(await store.oauth.takeFlow(user)).toBe(undefined)
  })

  test('a grant goes from needed to signed in, to more needed, to denied, to signed out', async () => {
    const { store, user } = tested
    const { id, url } = await tested.add('Mail')
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
    const { store, user } = tested
    const { id, url } = await tested.add('Mail')
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
}
