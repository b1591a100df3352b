import { describe, expect, test } from 'vitest'
import type { PolicyOptions } from '../../src/contract/policy.ts'
import type { ServerReport } from '../../src/machines/directory.ts'
import { ScriptedConversation } from './scripted-conversation.ts'
import { type Options, toolNamed } from './scripted-directory.ts'

interface Server {
  report?: Partial<ServerReport>
  options?: Options
  /** Calls that it has already. */
  inFlight?: number
}

/** Servers of one group that offer `charge`. */
function group(servers: Record<string, Server>, policy: PolicyOptions = {}) {
  const conversation = new ScriptedConversation(policy)
  for (const [name, { report, options, inFlight = 0 }] of Object.entries(servers)) {
    conversation.serve(name, report, { group: 'money', ...options })
    for (let place = 0; place < inFlight; place++) {
      conversation.directory.entry(name)?.inFlight.add(`${name}-${place}`)
    }
  }
  return conversation
}

const errorOf = ({ outcomes: [outcome] }: ScriptedConversation) =>
  outcome?.ok === false ? outcome.error : undefined
const nothing = (code: string, happened: string) => ({
  code,
  effect: 'none',
  message: `${happened}. Nothing was done.`,
})

const degraded: Server = { report: { state: 'degraded' } }
const away: Server = { report: { state: 'reconnecting' } }
const busy: Server = { inFlight: 1 }
const preferred: Server = { options: { priority: 2 } }

describe('who takes a call', () => {
  test.each<[string, Server, Server, PolicyOptions?]>([
    ['who is ready before who is degraded', {}, degraded],
    ['who is ready, whatever the priority', {}, { ...degraded, ...preferred }],
    ['who is ready, however busy', busy, degraded],
    ['who has priority', preferred, { options: { priority: 1 } }],
    ['who has priority, however busy', { ...preferred, ...busy }, {}],
    ['who has priority of two that are degraded', { ...degraded, ...preferred }, degraded],
    ['who has the fewest calls', busy, { inFlight: 2 }],
    ['who has the fewest calls of two that are degraded', degraded, { ...degraded, ...busy }],
    ['who is degraded before who is away', degraded, { ...away, ...preferred }],
    ['who has a place left', {}, { ...preferred, ...busy }, { maxInFlight: 1 }],
    ['who has a place left by its own limit', busy, { ...preferred, inFlight: 2 }, { maxInFlight: 2 }],
    [
      'who has a limit of its own above the policy’s',
      { options: { maxInFlight: 2 }, ...busy },
      busy,
      { maxInFlight: 1 },
    ],
  ])('%s', (_, taker, other, policy) => {
    expect(group({ taker, other }, policy).call().asked).toEqual(['taker'])
    expect(group({ other, taker }, policy).call().asked).toEqual(['taker'])
  })

  test('of equals the first in the configuration, and then the others in turn', () => {
    const conversation = group({ north: {}, south: {}, east: {} })
    for (const callId of ['1', '2', '3', '4']) conversation.call('charge', { callId })
    expect(conversation.asked).toEqual(['north', 'south', 'east', 'north'])
  })
})

describe('a call that nobody takes', () => {
  const asked = (servers: Record<string, Server>, policy: PolicyOptions = {}) =>
    group(servers, { patienceMs: 2_000, ...policy }).call()
  const failed = (lastError?: string): Server => ({ report: { state: 'failed', lastError } })
  const unauthorized: Server = { report: { state: 'unauthorized', lastError: 'status 401' } }
  const full: Server = { options: { maxInFlight: 1 }, inFlight: 1 }

  test.each<[string, Record<string, Server>, object]>([
    [
      'every server has failed',
      { bank: failed('no such command'), shop: failed('exit code 1') },
      {
        ...nothing('server_failed', 'bank and shop cannot work'),
        cause: 'bank: no such command; shop: exit code 1',
      },
    ],
    [
      'its server has failed and does not say why',
      { bank: failed() },
      { ...nothing('server_failed', 'bank cannot work'), cause: 'failed' },
    ],
    [
      'its server refuses us',
      { bank: unauthorized },
      { ...nothing('unauthorized', 'bank refused our credentials'), cause: 'status 401' },
    ],
    [
      'one server refuses us, and nobody else can work',
      { bank: failed('exit code 1'), shop: unauthorized },
      {
        ...nothing('unauthorized', 'shop refused our credentials'),
        cause: 'bank: exit code 1; shop: status 401',
      },
    ],
    [
      'its server goes away for good',
      { bank: { report: { state: 'closing' } }, shop: { report: { state: 'closed' } } },
      {
        ...nothing(
          'server_unavailable',
          'charge is not available: bank is closing since 0 seconds, shop is closed since 0 seconds',
        ),
        cause: 'bank: closing; shop: closed',
      },
    ],
    [
      'one server refuses us and another goes away',
      { bank: unauthorized, shop: { report: { state: 'closed' } } },
      {
        ...nothing(
          'server_unavailable',
          'charge is not available: bank is unauthorized since 0 seconds, shop is closed since 0 seconds',
        ),
        cause: 'bank: status 401; shop: closed',
      },
    ],
    [
      'all have too much to do',
      { bank: full, shop: full, mint: away },
      nothing('overloaded', 'Too many calls are in flight at bank and shop'),
    ],
  ])('ends at once where %s', (_, servers, error) => {
    expect(errorOf(asked(servers))).toStrictEqual(error)
  })

  test.each<[string, Server]>([
    ['is connecting', { report: { state: 'connecting' } }],
    ['is reconnecting', away],
  ])('waits for a server that %s, though another has failed', (_, server) => {
    const conversation = asked({ bank: failed('exit code 1'), shop: server }).wait(1_000)
    expect(conversation.outcomes).toEqual([])
    expect(conversation.serve('shop', {}, { group: 'money' }).asked).toEqual(['shop'])
  })

  test.each<[string, (number | undefined)[], number | undefined]>([
    ['the time of the next attempt', [7_000], 5_000],
    ['the earliest time of an attempt', [undefined, 9_000, 7_000], 5_000],
    ['no time in the past', [1_000], 0],
    ['nothing of a time that nobody knows', [undefined], undefined],
  ])('hears, its patience over, %s', (_, attemptsAfterMs, retryAfterMs) => {
    const conversation = new ScriptedConversation({ patienceMs: 2_000 })
    for (const [index, afterMs] of attemptsAfterMs.entries()) {
      const nextAttemptAt = afterMs === undefined ? undefined : conversation.now + afterMs
      conversation.serve(`n${index}`, { state: 'reconnecting', nextAttemptAt }, { group: 'money' })
    }
    const names = attemptsAfterMs.map((_, index) => `n${index} is reconnecting since 2 seconds`)
    expect(errorOf(conversation.call().wait(2_000))).toStrictEqual({
      ...nothing('server_unavailable', `charge is not available: ${names.join(', ')}`),
      cause:
        names.length === 1 ? 'reconnecting' : names.map((_, index) => `n${index}: reconnecting`).join('; '),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  })

  test('hears where its arguments do not fit, whatever its servers do', () => {
    const inputSchema = { type: 'object', required: ['amount'] }
    for (const state of ['ready', 'failed', 'reconnecting'] as const) {
      const conversation = new ScriptedConversation()
      conversation.serve('bank', { state, tools: [toolNamed('charge', { inputSchema })] }).call()
      expect(errorOf(conversation)).toEqual(
        nothing('invalid_arguments', 'The arguments of charge do not fit its schema: amount is missing'),
      )
      expect(conversation.told).toEqual([])
    }
  })

  test.each(['null', '[]', '"text"', '5'])('hears that %s is no object, which arguments are', (text) => {
    const conversation = new ScriptedConversation().serve('bank')
    expect(errorOf(conversation.call('charge', { arguments: JSON.parse(text) }))).toEqual(
      nothing('invalid_arguments', 'The arguments of charge do not fit its schema: an object is needed'),
    )
  })

  test.each([
    [2, 2, undefined],
    [3, 2, nothing('overloaded', 'More than 2 calls are open')],
    [2, 1, nothing('overloaded', 'More than 1 call is open')],
  ])('hears that there are too many: of %i open calls where %i may be', (open, maxCalls, error) => {
    const conversation = new ScriptedConversation({ maxCalls }).serve('bank')
    for (let count = 0; count < open; count++) conversation.directory.countCall(1)
    expect(errorOf(conversation.call())).toEqual(error)
    expect(conversation.call('tool_status', { callId: '2' }).outcomes.at(-1)).toMatchObject({ ok: true })
  })
})

describe('a function that nobody offers', () => {
  const unlisted = (state: ServerReport['state'], rest: Partial<ServerReport> = {}) => ({
    ...{ state, listed: false, tools: [], ...rest },
  })
  const fly = (servers: Record<string, Partial<ServerReport>>, timeoutMs?: number) => {
    const conversation = new ScriptedConversation({ patienceMs: 2_000 }).serve('bank')
    for (const [name, report] of Object.entries(servers)) conversation.serve(name, report)
    return conversation.call('fly', { timeoutMs })
  }
  const nobody = nothing('unknown_function', 'No server offers a function named fly')

  test('is unknown once every server has listed, away or not', () => {
    expect(errorOf(fly({ shop: { state: 'failed' }, mint: { state: 'reconnecting' } }))).toEqual(nobody)
  })

  test.each([0, -1])('is unknown, whatever the time of its call: %i ms', (timeoutMs) => {
    expect(errorOf(fly({}, timeoutMs))).toEqual(nobody)
  })

  test.each<[string, Record<string, Partial<ServerReport>>, object]>([
    [
      'has failed',
      { shop: unlisted('failed', { lastError: 'exit code 1' }) },
      { ...nothing('server_failed', 'fly is not known, and shop cannot work'), cause: 'exit code 1' },
    ],
    [
      'refuses us',
      { shop: unlisted('unauthorized') },
      {
        ...nothing('unauthorized', 'fly is not known, and shop refused our credentials'),
        cause: 'unauthorized',
      },
    ],
  ])('may be of a server that has not listed and %s', (_, servers, error) => {
    expect(errorOf(fly(servers))).toEqual(error)
  })

  test.each(['connecting', 'reconnecting'] as const)('is waited for while a server is %s', (state) => {
    const conversation = fly({ shop: unlisted(state, { nextAttemptAt: 1 }), mint: unlisted('failed') })
    expect(conversation.outcomes).toEqual([])
    const since = `shop is ${state} since 2 seconds, mint is failed since 2 seconds`
    expect(errorOf(conversation.wait(2_000))).toEqual({
      ...nothing('server_unavailable', `fly is not known yet: ${since}, and have not listed their tools`),
      ...{ cause: `shop: ${state}; mint: failed`, retryAfterMs: 0 },
    })
  })

  test('of one server that has not listed is told in the singular', () => {
    const error = errorOf(fly({ shop: unlisted('connecting') }).wait(2_000))
    const happened = 'fly is not known yet: shop is connecting since 2 seconds, and has not listed its tools'
    expect(error).toEqual({ ...nothing('server_unavailable', happened), cause: 'connecting' })
  })

  test('goes to the server that lists it in time', () => {
    const conversation = fly({ shop: unlisted('connecting') }).wait(1_999)
    conversation.serve('shop', { tools: [toolNamed('fly')] })
    expect(conversation.asked).toEqual(['shop'])
  })

  test('ends when the last server has listed, and has it not', () => {
    const conversation = fly({ shop: unlisted('connecting') })
      .wait(500)
      .serve('shop')
    expect(conversation.outcomes).toMatchObject([{ error: nobody, attempts: [], durationMs: 500 }])
  })
})
