import { expect, test } from 'vitest'
import { createActor, waitFor } from 'xstate'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import type { Outcome, ServerState } from '../../src/contract/protocol.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { Directory, type ServerReport } from '../../src/machines/directory.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'

const policy = parsePolicy({})
const times = { now: () => 0, random: () => 0, othersAway: () => 0 }
const name = 'server'
const definition = {
  name,
  target: new SealedTarget({ kind: 'stdio', command: 'unused', args: [], env: {} }),
  options: serverOptionsSchema.parse({}),
}

test('a connection actor that was not provided says the remedy', async () => {
  const reports: (string | undefined)[] = []
  const actor = createActor(serverMachine, {
    input: {
      entry: { name, definition },
      policy,
      ...times,
      supervisor: {
        send: (news) => reports.push(news.type === 'server.changed' ? news.report.lastError : undefined),
      },
    },
  })
  actor.start()
  await waitFor(actor, (snapshot) => snapshot.context.known.lastError !== undefined)

  expect(reports).toContain(
    'Error: no connection actor; provide one: serverMachine.provide({ actors: { connection } })',
  )
  actor.send({ type: 'close' })
  await waitFor(actor, (snapshot) => snapshot.status === 'done')
})

test('the server machine starts with a wrong entry, fails, and closes', () => {
  const input = { entry: { name, problem: 'wrong' }, policy, ...times, supervisor: { send: () => {} } }
  const actor = createActor(serverMachine, { input }).start()
  expect(actor.getSnapshot().value).toBe('failed')
  actor.send({ type: 'close' })
  expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'closed' })
})

test('the supervisor machine starts, and ends when it has nobody left', () => {
  const actor = createActor(supervisorMachine, { input: { policy, ...times } }).start()
  expect(actor.getSnapshot().value).toBe('running')
  actor.send({ type: 'servers.configure', entries: [{ name, problem: 'wrong' }] })
  expect([...actor.getSnapshot().context.servers.keys()]).toEqual([name])
  actor.send({ type: 'stop' })
  expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'stopped' })
})

test('the call machine starts, and ends with one outcome', () => {
  const outcomes: Outcome[] = []
  const input = {
    callId: 'call-1',
    functionName: 'fly',
    arguments: {},
    timeoutMs: undefined,
    directory: new Directory(),
    policy,
    now: times.now,
    conversation: {
      send: (report: { type: string; outcome?: Outcome }) =>
        void (report.outcome && outcomes.push(report.outcome)),
    },
  }
  const actor = createActor(callMachine, { input }).start()
  expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'failed' })
  expect(outcomes).toEqual([
    {
      ok: false,
      callId: 'call-1',
      error: {
        code: 'unknown_function',
        effect: 'none',
        message: 'No server offers a function named fly. Nothing was done.',
      },
      attempts: [],
      durationMs: 0,
    },
  ])
})

test('the conversation machine starts, and ends when its calls have', () => {
  const input = { directory: new Directory(), policy, now: times.now, random: times.random }
  const actor = createActor(conversationMachine, { input }).start()
  actor.send({ type: 'function.call', callId: '1', name: 'fly', arguments: {} })
  actor.send({ type: 'end' })
  expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'ended' })
})

const brokenHere = (cause: string): Outcome => ({
  ok: false,
  callId: '1',
  error: {
    code: 'connection_lost',
    effect: 'none',
    message: 'fly ended by a fault of this program. Nothing was done.',
    cause,
  },
  attempts: [],
  durationMs: 0,
})

test('a call actor that throws still ends its call', () => {
  const outcomes: Outcome[] = []
  const broken = conversationMachine.provide({
    actors: {
      call: callMachine.provide({
        actions: {
          report: () => {
            throw new Error('a bug in an action')
          },
        },
      }),
    },
  })
  const input = { directory: new Directory(), policy, now: times.now, random: times.random }
  const actor = createActor(broken, { input })
  actor.on('call.ended', ({ outcome }) => outcomes.push(outcome))
  actor.start()
  actor.send({ type: 'function.call', callId: '1', name: 'fly', arguments: {} })

  expect(outcomes).toEqual([brokenHere('a bug in an action')])
  expect(actor.getSnapshot().context.calls.size).toBe(0)
})

test('a call actor that throws in its first step ends its call alone', () => {
  const outcomes: Outcome[] = []
  const now = () => {
    throw new Error('a bug at the start')
  }
  const actor = createActor(conversationMachine, {
    input: { directory: new Directory(), policy, now, random: times.random },
  })
  actor.on('call.ended', ({ outcome }) => outcomes.push(outcome))
  actor.start()
  actor.send({ type: 'function.call', callId: '1', name: 'fly', arguments: {} })

  expect(outcomes).toEqual([brokenHere('a bug at the start')])
  expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: 'active' })
})

/** A conversation that has called the one function of a server in this state. */
function calling(call: typeof callMachine, state: ServerState) {
  const outcomes: Outcome[] = []
  const directory = new Directory()
  const report: ServerReport = {
    ...{ name, state, since: 0, generation: 1, transport: 'stdio', listed: true, rejected: [] },
    tools: [{ name: 'fly', description: '', inputSchema: {}, annotations: {}, hash: '' }],
  }
  directory.update(report, definition.options, { send: () => {} })
  const actor = createActor(conversationMachine.provide({ actors: { call } }), {
    input: { directory, policy, now: times.now, random: times.random },
  })
  actor.on('call.ended', ({ outcome }) => outcomes.push(outcome))
  actor.start()
  actor.send({ type: 'function.call', callId: '1', name: 'fly', arguments: {} })
  return { directory, actor, outcomes }
}

const aBug = (): never => {
  throw new Error('a bug')
}

test.each<[string, typeof callMachine, string]>([
  ['while it waits', callMachine.provide({ actions: { end: aBug } }), 'connection_lost'],
  [
    'once it has told its end',
    callMachine.provide({
      actions: {
        report: ({
          context: {
            input: { callId, conversation },
            outcome,
          },
        }) => {
          if (outcome) conversation.send({ type: 'call.ended', callId, outcome })
          aBug()
        },
      },
    }),
    'cancelled',
  ],
])('a waiting call whose actor throws %s listens no more', (_, call, code) => {
  const { directory, actor, outcomes } = calling(call, 'reconnecting')
  expect(directory.listeners).toBe(1)
  actor.send({ type: 'function.cancel', callId: '1' })

  expect(directory.listeners).toBe(0)
  expect(outcomes).toMatchObject([{ callId: '1', error: { code, effect: 'none' } }])
})

test('a call actor that throws while it leaves its server gives back its place, once', () => {
  const call = callMachine.provide({
    actions: {
      end: () => {
        throw new Error('a bug at the end')
      },
    },
  })
  const { directory, actor, outcomes } = calling(call, 'ready')
  expect([...(directory.entry(name)?.inFlight ?? [])]).toEqual(['1'])
  actor.send({ type: 'function.cancel', callId: '1' })

  expect([...(directory.entry(name)?.inFlight ?? [])]).toEqual([])
  expect(outcomes).toEqual([
    {
      ok: false,
      callId: '1',
      server: name,
      error: {
        code: 'connection_lost',
        effect: 'unknown',
        message: 'fly ended by a fault of this program. I do not know whether it was done.',
        cause: 'a bug at the end',
      },
      attempts: [{ server: name, generation: 1, code: 'connection_lost' }],
      durationMs: 0,
    },
  ])
})
