import { expect, onTestFinished, test } from 'vitest'
import { createSignIns } from '../../../src/registry/oauth/create-sign-ins.ts'
import { AuthorizationServer } from './support/authorization-server.ts'
import { Browser } from './support/browser.ts'
import { binding, problemOf, redirectUri } from './support/fake-user.ts'
import { FakeWorld } from './support/fake-world.ts'
import { MemoryStore } from './support/memory-store.ts'
import { ResourceServer } from './support/resource-server.ts'

/** A user's honest server with its authorization server, and a hostile one beside it. */
async function begin() {
  const honest = await AuthorizationServer.start()
  const mail = await ResourceServer.start(honest.issuer)
  const hostile = await FakeWorld.start()
  const store = new MemoryStore()
  store.addServer('ann', 'mail', mail.url, {})
  store.addServer('ann', 'hostile', hostile.url, {})
  const allowHosts = [honest.host, mail.host, hostile.host]
  const made = createSignIns({
    store,
    egress: { allowHosts },
    publicUrl: () => 'http://127.0.0.1:9',
  })
  onTestFinished(async () => {
    await made.close()
    honest.stop()
    mail.stop()
    hostile.stop()
  })
  const beginAt = async (serverId: string, url: string) => {
    const { authorizationUrl } = await made.begin({ userId: 'ann', serverId, url, redirectUri, binding })
    return new URL(authorizationUrl)
  }
  const atMail = await beginAt('mail', mail.url)
  // The hostile one is known to us by the same client, leads to the honest one, and does not say whose answers are.
  const clientId = atMail.searchParams.get('client_id') ?? ''
  Object.assign(hostile.document('server'), {
    authorization_endpoint: `${honest.issuer}/auth`,
    authorization_response_iss_parameter_supported: false,
  })
  Object.assign(hostile.document('registration'), { client_id: clientId })
  const atHostile = await beginAt('hostile', hostile.url)
  return { made, hostile, atMail, atHostile }
}

test('an authorization server that leads to another is not given its code: it lets nobody back to where the other is let back', async () => {
  const { atHostile } = await begin()
  expect(atHostile.searchParams.get('redirect_uri')).not.toBe(redirectUri)
  await expect(new Browser().follow(atHostile.href, redirectUri)).rejects.toThrow('redirect_uri')
})

test('nor where it leads there with the way back of the other', async () => {
  const { made, hostile, atMail, atHostile } = await begin()
  atHostile.searchParams.set('redirect_uri', atMail.searchParams.get('redirect_uri') ?? '')
  atHostile.searchParams.set('resource', atMail.searchParams.get('resource') ?? '')
  atHostile.searchParams.set('scope', 'read')
  const callback = await new Browser().follow(atHostile.href, redirectUri)
  expect(callback.searchParams.has('code')).toBe(true)
  // As one that does not say whom its answers are from.
  callback.searchParams.delete('iss')
  const { code, message } = await problemOf(made.finish({ callback, binding }))
  expect([code, message]).toEqual([
    'refused',
    `The answer to a sign-in at ${hostile.host} came back where that of another server does (RFC 9700, 4.4). Nobody was signed in; whoever runs that server can repair it.`,
  ])
  expect(hostile.asked('token')).toEqual([])
})
