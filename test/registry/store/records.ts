import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type NewObservation, StoreError } from '../../../src/registry/store.ts'
import { until } from '../../support/until.ts'
import { ann, serverUrl } from '../support.ts'
import { flow, issuer, seen, signIn } from './fixtures.ts'
import type { TestedStore } from './tested-store.ts'

const operator = { name: 'olga' }

/** What is seen, done and told, and what belongs to no user. */
export function testRecords(tested: TestedStore): void {
  test('what is seen is remembered since when, and told only when it is news', async () => {
    const { store, user } = tested
    const { heard, stop } = tested.listening()
    const { id } = await tested.add('Mail')
    const first = await observed({ ...seen(id), status: 'connecting', from: 'test' })
    const same = await observed({ ...seen(id), status: 'connecting', from: 'test' })
    expect(same).toEqual({ ...first, at: same?.at })
    expect(same?.at.getTime()).toBeGreaterThanOrEqual(first?.at.getTime() ?? Number.POSITIVE_INFINITY)
    const named = await observed({ ...seen(id), status: 'connecting', functions: ['f\0'] })
    expect(named).toMatchObject({ since: first?.since, from: 'call', functions: ['f\0'] })
    const failed = await observed({ ...seen(id), status: 'failed', problem: 'no\0thing' })
    expect(failed).toMatchObject({ since: failed?.at, problem: 'no\ufffdthing', functions: ['search'] })
    await store.servers.observe(user, [seen(randomUUID()), { ...seen(id), id: 'x' }])
    await tested.add('Last')
    await until(() => heard.filter(({ kind }) => kind === 'servers').length === 2, 'the last change')
    expect(heard.map(({ kind }) => kind)).toEqual(['servers', 'status', 'status', 'status', 'servers'])
    stop()

    async function observed(one: NewObservation) {
      await store.servers.observe(user, [one])
      return (await store.servers.get(user, id))?.lastSeen
    }
  })

  test('a server goes with all that belongs to it', async () => {
    const { store, user } = tested
    const { id, url } = await tested.add('Mail', { headers: { H: 's' } })
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
    const { store, user } = tested
    const { id, url } = await tested.add('Mail', {
      url: 'https://mcp.example.com/mcp?key=k',
      headers: { H: 's' },
    })
    const second = await tested.add('Files')
    await store.servers.change(ann, user, id, { name: 'Post', headers: { I: 't' } })
    await store.servers.order(ann, user, [second.id, id])
    await store.oauth.signInNeeded(user, id, ['mail'])
    await store.oauth.signedIn(ann, user, id, signIn(url))
    await store.oauth.signedOut(ann, user, id)
    await expect(tested.add('Post')).rejects.toThrow(StoreError)
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
    const { store, user } = tested
    const { heard, stop } = tested.listening()
    const { id, url } = await tested.add('Mail')
    await expect(tested.add('Mail')).rejects.toThrow(StoreError)
    await store.servers.observe(user, [seen(id)])
    await store.oauth.signedIn(ann, user, id, signIn(url))
    await store.servers.remove(ann, user, id)
    await until(() => heard.length >= 4, 'four changes')
    stop()
    await tested.add('Unheard')
    expect(heard).toEqual(['servers', 'status', 'servers', 'servers'].map((kind) => ({ userId: user, kind })))
  })

  test('templates are listed, found, and removed without their servers', async () => {
    const { store, user } = tested
    const template = { name: user, description: 'd', url: 'https://a.example.com/{team}', needs: [] }
    const added = await store.templates.add(operator, template)
    expect(await store.templates.get(added.id)).toEqual({ ...template, id: added.id })
    expect(await store.templates.list()).toContainEqual(added)
    await expect(store.templates.add(operator, template)).rejects.toMatchObject({ code: 'name_taken' })
    const server = await tested.add('Mail', { templateId: added.id })
    await store.templates.remove(operator, added.id)
    await expect(store.templates.remove(operator, added.id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(store.templates.remove(operator, 'x')).rejects.toMatchObject({ code: 'not_found' })
    expect(await store.templates.get(added.id)).toBe(undefined)
    expect(await store.servers.get(user, server.id)).toMatchObject({ templateId: added.id })
  })

  test('a key is told once, and finds who it is until it is removed', async () => {
    const { store, user } = tested
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
}
