import { expect, test } from 'vitest'
import { VaultError } from '../../../src/registry/vault/keys.ts'
import { until } from '../../support/until.ts'
import { FakeUser, ids } from './support/fake-user.ts'

const user = await FakeUser.start()

/** A user who is signed in, and whose token ends soon. */
async function signedIn(clock: () => number) {
  const made = user.signIns({ clock, sweepIntervalMs: 10 })
  await user.signIn(made)
  const grant = user.store.grantOf(ids.userId, ids.serverId)
  if (!grant) throw new Error('nobody is signed in')
  return grant
}

const isRefreshed = () => user.world.asked('token').some(({ body }) => body.includes('refresh_token='))

test('tokens that cannot be opened keep no others from being refreshed in time', async () => {
  let now = Date.now()
  const { store } = user
  const grant = await signedIn(() => now)
  const { grant: read } = store.oauth
  store.oauth.grant = async (userId, serverId) => {
    if (serverId.startsWith('sealed')) throw new VaultError('unknown_key', 'its key is gone')
    return read(userId, serverId)
  }
  const [own = ''] = store.grants.keys()
  const sealed = Array.from({ length: 10 }, (_, at) => `ann\nsealed ${at}`)
  store.grants.clear()
  for (const key of [...sealed.slice(5), own, ...sealed.slice(0, 5)]) store.grants.set(key, grant)
  now += 570_000
  await until(isRefreshed, 'the token that can be opened is refreshed')
})

test('tokens that ended long ago wait until somebody needs them', async () => {
  let now = Date.now()
  await signedIn(() => now)
  const { expiring } = user.store.oauth
  let sweeps = 0
  user.store.oauth.expiring = (...which) => {
    sweeps += 1
    return expiring(...which)
  }
  now += 2 * 3_600_000
  await until(() => sweeps >= 3, 'they are looked for')
  expect(isRefreshed()).toBe(false)
})
