import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createCredentialedFetch } from '../../src/actors/connection/credentialed-fetch.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import type {
  Conversation,
  ServerStatus,
  Switchboard,
  SwitchboardEvent,
  SwitchboardOptions,
  UserServers,
} from '../../src/index.ts'
import { createSwitchboard } from '../../src/index.ts'
import { LiveMask } from '../../src/inspection/live-mask.ts'
import { inspectionOf } from '../../src/switchboard/inspection.ts'
import { newFile } from '../recording/support.ts'
import { type Era, eras } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { BearerServer } from './bearer-server.ts'
import { ToldCredentials, ToldServers } from './told-servers.ts'

const quick = { closeGraceMs: 300, minBackOffMs: 20, maxBackOffMs: 200 }

class Call {
  readonly events: SwitchboardEvent[] = []
  readonly switchboard: Switchboard
  readonly conversation: Conversation

  constructor(userServers: UserServers, options: SwitchboardOptions = {}) {
    this.switchboard = createSwitchboard({ mcpServers: {}, ...quick, ...options })
    this.switchboard.start()
    onTestFinished(() => this.switchboard.stop())
    this.conversation = this.switchboard.conversation({ userServers })
    this.conversation.subscribe((event) => this.events.push(event))
  }

  get states(): string[] {
    return this.events.flatMap((event) => (event.type === 'server.changed' ? event.server.state : []))
  }

  get functions(): string[] {
    return this.conversation.functions.filter(({ servers }) => servers.length > 0).map(({ name }) => name)
  }

  async untilState(state: ServerStatus['state'], times = 1): Promise<ServerStatus> {
    const found = () =>
      this.events.flatMap((event) =>
        event.type === 'server.changed' && event.server.state === state && event.previous !== state
          ? event.server
          : [],
      )[times - 1]
    return until(found, `the server is ${state}`)
  }

  async status(): Promise<string> {
    const outcome = await this.conversation.call('tool_status', {})
    return outcome.ok ? outcome.text : outcome.error.message
  }
}

/** A call at a bank that is ready, and wants what it is given. */
async function openBank(era: Era) {
  const bearer = await BearerServer.start(era)
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const credentials = new ToldCredentials('Bearer first')
  const call = new Call(told)
  told.tell({ bank: { url: bearer.url, headers: {}, options: {}, credentials } })
  await call.untilState('ready')
  return { bearer, told, credentials, call }
}

test('what a caller has comes and goes in a running call, and nobody else sees it', async () => {
  const bearer = await BearerServer.start()
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const call = new Call(told)
  const other = call.switchboard.conversation()
  expect(call.functions).toEqual([])

  told.tell({ bank: { url: bearer.url, headers: { authorization: 'Bearer first' }, options: {} } })
  await call.untilState('ready')
  expect(call.functions).toContain('charge')
  expect(other.functions.map(({ name }) => name)).toEqual(['tool_status'])
  const outcome = await call.conversation.call('charge', { amount: 3 })
  expect(outcome).toMatchObject({ ok: true, server: 'bank' })
  expect(told.observations.at(-1)).toBe('bank ready')

  told.tell({})
  await until(() => call.functions.length === 0, 'its functions are gone')
  await call.conversation.end()
  expect(told.listeners).toBe(0)
})

test('no variable of this process is put into what a user wrote', async () => {
  const bearer = await BearerServer.start()
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const call = new Call(told)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a user writes it
  const written = '${PATH}'
  told.tell({ bank: { url: bearer.url, headers: { authorization: written }, options: {} } })
  const { lastError } = await call.untilState('unauthorized')
  expect(bearer.given).toEqual([written])
  expect(lastError).toContain('401')
})

test.each(eras)(
  'a token that is refused in a call is renewed, and the call goes out once more (%s)',
  async (era) => {
    const { bearer, credentials, call } = await openBank(era)

    bearer.wanted = 'Bearer second'
    credentials.next = 'Bearer second'
    const outcome = await call.conversation.call('charge', { amount: 3 })

    expect(outcome).toMatchObject({ ok: true, attempts: [{ server: 'bank', generation: 1, code: 'ok' }] })
    expect(bearer.server.runs('charge')).toEqual({ started: 1, finished: 1 })
    expect(credentials.refusals).toEqual([
      { refused: 'Bearer first', status: 401, challenge: 'Bearer error="invalid_token"' },
    ])
    expect(call.states).not.toContain('unauthorized')
  },
)

test.each(eras)(
  'a server that refuses in a call becomes unauthorized with a link, and ready by itself after the sign-in (%s)',
  async (era) => {
    const { bearer, told, credentials, call } = await openBank(era)

    bearer.wanted = 'Bearer second'
    const signInUrl = 'https://tools.example.com/my-servers/1'
    credentials.answer = { isRenewed: false, signInUrl, reason: 'the sign-in was revoked' }
    const outcome = await call.conversation.call('charge', { amount: 3 })
    expect(outcome).toMatchObject({
      ok: false,
      error: {
        code: 'unauthorized',
        effect: 'none',
        message: 'bank needs a sign-in first. Nothing was done.',
        signInUrl,
      },
    })
    const status = await call.untilState('unauthorized')
    expect(status).toMatchObject({
      signInUrl,
      lastError: 'it answers HTTP status 401: the sign-in was revoked',
    })
    expect(call.functions).toContain('charge')
    expect(await call.status()).toContain('It needs a sign-in.')
    expect(await call.conversation.call('charge', { amount: 4 })).toMatchObject({
      ok: false,
      error: { code: 'unauthorized', effect: 'none', signInUrl },
    })

    credentials.authorization = 'Bearer second'
    told.renew('bank')
    expect(await call.untilState('ready', 2)).not.toHaveProperty('signInUrl')
    expect(await call.conversation.call('charge', { amount: 5 })).toMatchObject({ ok: true })
    expect(bearer.server.runs('charge')).toEqual({ started: 1, finished: 1 })
  },
)

test.each(eras)(
  'a scope that is missing for one tool leaves the server ready for the others (%s)',
  async (era) => {
    const { bearer, credentials, call } = await openBank(era)

    const challenge = 'Bearer error="insufficient_scope", scope="pay"'
    bearer.refusal = { status: 403, challenge }
    bearer.wanted = 'Bearer more'
    credentials.answer = {
      isRenewed: false,
      signInUrl: 'https://tools.example.com/1',
      reason: 'it wants pay',
    }
    const outcome = await call.conversation.call('charge', { amount: 3 })

    expect(outcome).toMatchObject({ ok: false, error: { code: 'unauthorized', effect: 'none' } })
    expect(credentials.refusals).toEqual([{ refused: 'Bearer first', status: 403, challenge }])
    bearer.wanted = 'Bearer first'
    expect(await call.conversation.call('look', {})).toMatchObject({ ok: true })
    expect(call.states.filter((state) => state !== 'connecting' && state !== 'ready')).toEqual([])
  },
)

test('an address that strangers may not name is never asked', async () => {
  const bearer = await BearerServer.start()
  const told = new ToldServers({ allowHosts: [] })
  const call = new Call(told)
  told.tell({ bank: { url: bearer.url.replace('http:', 'https:'), headers: {}, options: {} } })
  const status = await call.untilState('failed')
  expect(status.lastError).toBe('127.0.0.1 may not be asked: it is not at a public address')
  expect(bearer.given).toEqual([])
})

test('while they are not known, a caller hears that, and not that there is no such function', async () => {
  const told = new ToldServers({ allowHosts: [] })
  const call = new Call(told)
  told.tell({}, 'their registry does not answer')
  expect(await call.status()).toBe('It is not known which tools there are: their registry does not answer.')
  expect(await call.conversation.call('charge', {})).toMatchObject({
    ok: false,
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: 'charge is not known, and their registry does not answer. Nothing was done.',
    },
  })
  told.tell({})
  expect(await call.status()).toBe('No tools are configured.')
  expect(await call.conversation.call('charge', {})).toMatchObject({
    ok: false,
    error: { code: 'unknown_function' },
  })
})

test('what a server is given appears in nothing that is told', async () => {
  const bearer = await BearerServer.start()
  bearer.wanted = 'Bearer canary-token-1234'
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const call = new Call(told)
  const credentials = new ToldCredentials('Bearer canary-token-1234')
  told.tell({
    bank: { url: bearer.url, headers: { 'x-key': 'canary-header-5678' }, options: {}, credentials },
  })
  await call.untilState('ready')
  bearer.server.order({
    at: 'tools/call',
    status: 400,
    body: 'no, not with canary-token-1234 or canary-header-5678',
  })
  const outcome = await call.conversation.call('charge', { amount: 1 })
  expect(outcome.ok).toBe(false)
  expect(JSON.stringify([outcome, call.events])).not.toContain('canary-')
})

test('two tokens for one address are both hidden, in the page and on the tape', async () => {
  const bearer = await BearerServer.start()
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const tape = newFile()
  const call = new Call(told, { recordTo: tape })
  const at = (token: string) => ({
    ...{ url: bearer.url, headers: {}, options: {} },
    credentials: new ToldCredentials(`Bearer ${token}`),
  })
  const tokens = ['canary-of-work-1234', 'canary-of-home-5678']
  const [work = '', home = ''] = tokens
  told.tell({ work: at(work), home: at(home) })
  await until(
    () => tokens.every((token) => bearer.given.includes(`Bearer ${token}`)),
    'both have asked with their own token',
  )
  const text = tokens.join(' and ')
  const mask = new LiveMask(inspectionOf(call.switchboard))
  expect(mask.mask(text)).toBe('[hidden] and [hidden]')
  await call.conversation.call('charge', { text })
  await call.conversation.end()
  expect(mask.mask(text)).toBe('[hidden] and [hidden]')
  await call.switchboard.stop()
  const recorded = readFileSync(tape, 'utf8')
  expect(recorded).toContain('[hidden] and [hidden]')
  expect(recorded).not.toContain('canary-')
})

test('a call that has ended while new credentials were looked up is not made after all', async () => {
  const bearer = await BearerServer.start()
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const credentials = new ToldCredentials('Bearer first')
  const call = new Call(told, {
    ...{ unresponsiveAfterMs: 100, heartbeatDuringCallsMs: 200, heartbeatTimeoutMs: 100 },
  })
  told.tell({ bank: { url: bearer.url, headers: {}, options: {}, credentials } })
  await call.untilState('ready')

  let answer = () => {}
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  credentials.refuse = async () => {
    await asked
    credentials.authorization = 'Bearer second'
    return { isRenewed: true, reason: 'it was refreshed' }
  }
  bearer.wanted = 'Bearer second'
  expect(await call.conversation.call('charge', { amount: 3 })).toMatchObject({
    ok: false,
    error: { code: 'timed_out' },
  })
  answer()
  await until(async () => (await call.conversation.call('look', {})).ok, 'it takes calls again')
  // What would have gone out with the answer would be there long before these are.
  for (let times = 0; times < 5; times++) await call.conversation.call('look', {})
  expect(bearer.server.runs('charge')).toEqual({ started: 0, finished: 0 })
})

test('a conversation that ended before the start follows nobody', async () => {
  const told = new ToldServers({ allowHosts: [] })
  const switchboard = createSwitchboard({ mcpServers: {} })
  const conversation = switchboard.conversation({ userServers: told })
  await conversation.end()
  switchboard.start()
  onTestFinished(() => switchboard.stop())
  expect(told.listeners).toBe(0)
})

test('a refusal whose body breaks off is still one, and the request goes out once more', async () => {
  const broken = new ReadableStream({ start: (body) => body.error(new Error('reset')) })
  const answers = [new Response(broken, { status: 401 }), new Response('done')]
  const credentials = new ToldCredentials('Bearer first')
  credentials.next = 'Bearer second'
  const target = new SealedTarget({ kind: 'http', url: 'https://bank.example/mcp', headers: {} })
  const reach = async () => answers.shift() ?? Response.error()
  const response = await createCredentialedFetch(reach, credentials, target)('https://bank.example/mcp')
  expect(await response.text()).toBe('done')
})
