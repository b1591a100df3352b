import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Conversation, createSwitchboard } from '../../src/index.ts'
import { createRegistryClient, type LiveUserServers } from '../../src/registry/client/index.ts'
import { until } from '../support/until.ts'
import { BearerServer } from '../user-servers/bearer-server.ts'
import { Service } from './service.ts'
import { newServer } from './support.ts'

const ann = { name: 'ann' }
let service: Service
beforeAll(async () => {
  service = await Service.open()
})

let users = 0

/** A user of their own for each test. */
function newUser(): string {
  users += 1
  return `user ${users}`
}

class Call {
  readonly problems: string[] = []
  readonly userServers: LiveUserServers
  readonly conversation: Conversation

  constructor(userId: string, allowHosts: string[] = [], url = service.url) {
    const client = createRegistryClient({
      ...{ url, token: service.key, allowHosts },
      onProblem: (reason) => this.problems.push(reason),
    })
    this.userServers = client.userServers(userId)
    const switchboard = createSwitchboard({ mcpServers: {}, closeGraceMs: 300, minBackOffMs: 20 })
    switchboard.start()
    this.conversation = switchboard.conversation({ userServers: this.userServers })
    onTestFinished(async () => {
      this.userServers.close()
      await switchboard.stop()
    })
  }

  get functions(): string[] {
    return this.conversation.functions.filter(({ servers }) => servers.length > 0).map(({ name }) => name)
  }

  untilOffered(name: string): Promise<true> {
    return until(() => this.functions.includes(name), `${name} is offered`)
  }

  untilGone(name: string): Promise<true> {
    return until(() => !this.functions.includes(name), `${name} is gone`)
  }

  async status(): Promise<string> {
    const outcome = await this.conversation.call('tool_status', {})
    return outcome.ok ? outcome.text : outcome.error.message
  }
}

test('what a user adds, changes and removes is in the running call, and in nobody else’s', async () => {
  const bearer = await BearerServer.start()
  const user = newUser()
  const call = new Call(user, [bearer.host])
  const other = new Call(newUser(), [bearer.host])
  await other.userServers.settled(5_000)

  const headers = { Authorization: 'Bearer first' }
  const added = await service.store.servers.add(
    ann,
    user,
    newServer('bank', { url: bearer.url, headers }),
    50,
  )
  await call.untilOffered('charge')
  expect(await call.conversation.call('charge', { amount: 3 })).toMatchObject({ ok: true, server: 'bank' })

  await service.store.servers.change(ann, user, added.id, { tools: { exclude: ['charge'] } })
  await call.untilGone('charge')
  await call.untilOffered('look')
  await service.store.servers.change(ann, user, added.id, { enabled: false })
  await call.untilGone('look')
  await service.store.servers.change(ann, user, added.id, { enabled: true })
  await call.untilOffered('look')
  await service.store.servers.remove(ann, user, added.id)
  await call.untilGone('look')
  expect(other.functions).toEqual([])
  expect([...call.problems, ...other.problems]).toEqual([])
  // Nor was the server given the key that the agent has for the registry.
  expect(new Set(bearer.given)).toEqual(new Set(['Bearer first']))
})

test('the registry hears how a call sees the servers, with a reason where one does not work', async () => {
  const bearer = await BearerServer.start()
  const user = newUser()
  const wrong = newServer('bank', { url: bearer.url, headers: { Authorization: 'Bearer wrong' } })
  const { id } = await service.store.servers.add(ann, user, wrong, 50)
  new Call(user, [bearer.host])
  const seen = async () => (await service.store.servers.get(user, id))?.lastSeen
  await until(async () => (await seen())?.status === 'unauthorized', 'it is seen')
  expect(await seen()).toMatchObject({
    status: 'unauthorized',
    from: 'call',
    problem: 'it answers HTTP status 401: nobody is signed in',
  })
})

test('while the registry is away a call has what it knew, and what was changed meanwhile comes with it', async () => {
  const bearer = await BearerServer.start()
  const user = newUser()
  const headers = { Authorization: 'Bearer first' }
  const { id } = await service.store.servers.add(
    ann,
    user,
    newServer('bank', { url: bearer.url, headers }),
    50,
  )
  const call = new Call(user, [bearer.host])
  await call.untilOffered('charge')

  await service.goAway()
  await until(() => call.problems.length > 0, 'the loss is told')
  expect(await call.conversation.call('charge', { amount: 3 })).toMatchObject({ ok: true })
  expect(await call.status()).toMatch(/^All tools can be used/)
  await service.store.servers.change(ann, user, id, { tools: { exclude: ['charge'] } })
  await service.start()
  await call.untilGone('charge')
  await call.untilOffered('look')
})

test('a call that begins without a registry says so, and has the servers once it is there', async () => {
  const bearer = await BearerServer.start()
  const user = newUser()
  const headers = { Authorization: 'Bearer first' }
  await service.store.servers.add(ann, user, newServer('bank', { url: bearer.url, headers }), 50)
  await service.goAway()
  const call = new Call(user, [bearer.host])
  await call.userServers.settled(5_000)
  expect(await call.status()).toBe(
    'It is not known which tools there are: your own tools cannot be looked up, because their registry does not answer.',
  )
  expect(await call.conversation.call('charge', { amount: 3 })).toMatchObject({
    ok: false,
    error: { code: 'server_unavailable', effect: 'none' },
  })
  await service.start()
  await call.untilOffered('charge')
  expect(await call.status()).toMatch(/^All tools can be used/)
})

test('a token that was refused is renewed by the registry, also where it was away at the refusal', async () => {
  const bearer = await BearerServer.start()
  service.tokens.refusals.length = 0
  bearer.wanted = 'Bearer one'
  const user = newUser()
  const { id } = await service.store.servers.add(ann, user, newServer('bank', { url: bearer.url }), 50)
  await service.store.oauth.signInNeeded(user, id, [])
  service.tokens.token = { value: 'Bearer one', version: 1 }
  const call = new Call(user, [bearer.host])
  await call.untilOffered('charge')

  bearer.wanted = 'Bearer two'
  service.tokens.next = { value: 'Bearer two', version: 2 }
  expect(await call.conversation.call('charge', { amount: 3 })).toMatchObject({ ok: true })
  expect(service.tokens.refusals).toEqual([
    { version: 1, status: 401, challenge: 'Bearer error="invalid_token"' },
  ])

  await service.goAway()
  bearer.wanted = 'Bearer three'
  service.tokens.next = { value: 'Bearer three', version: 3 }
  expect(await call.conversation.call('charge', { amount: 4 })).toMatchObject({
    ok: false,
    error: { code: 'unauthorized', effect: 'none' },
  })
  await service.start()
  await until(
    async () => (await call.conversation.call('charge', { amount: 5 })).ok,
    'the server takes calls again by itself',
  )
  expect(service.tokens.refusals.map(({ version }) => version)).toEqual([1, 2])
  const { started } = bearer.server.runs('charge')
  expect(started).toBe(2)
})

test('a key that the registry does not take is told to the operator, with the remedy', async () => {
  const client = createRegistryClient({
    ...{ url: service.url, token: 'sbk_nobody' },
    onProblem: (reason) => problems.push(reason),
  })
  const problems: string[] = []
  const userServers = await client.loadUserServers(newUser())
  userServers.close()
  expect(problems).toEqual([
    'the registry answers 401: it does not take this key; make one with `switchboard registry key add NAME --role agent`',
  ])
  expect(userServers.problem).toContain('cannot be looked up')
})

test('a key does not go over plain HTTP to another machine', () => {
  expect(() => createRegistryClient({ url: 'http://tools.example.com', token: 'sbk_1' })).toThrow(
    'is not https',
  )
})
