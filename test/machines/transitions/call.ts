import { expect, onTestFinished, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import type { CallEnd } from '../../../src/contract/connection.ts'
import { parsePolicy } from '../../../src/contract/policy.ts'
import type { ServerState, Tool } from '../../../src/contract/protocol.ts'
import { callMachine } from '../../../src/machines/call.ts'
import { Directory, type ServerReport } from '../../../src/machines/directory.ts'
import type { CallReport } from '../../../src/machines/messages.ts'
import { asked, ended, ScriptedCall } from '../scripted-call.ts'
import { entry, tool } from '../scripted-server.ts'
import type { Inspect } from './server-test.ts'

export function testCall(inspect: Inspect): void {
  const callOf = (state: ServerState) => {
    const told: CallReport[] = []
    const directory = new Directory()
    const reading: Tool = { ...tool, annotations: { readOnlyHint: true } }
    const report: ServerReport = {
      ...{ name: 'bank', state, since: 0, generation: 2, transport: 'stdio' },
      ...{ listed: true, tools: [reading], rejected: [] },
    }
    directory.update(report, entry.definition.options, { send: () => {} })
    const call = createActor(callMachine, {
      inspect,
      clock: new SimulatedClock(),
      input: {
        ...{ callId: '1', functionName: 'charge', arguments: {}, timeoutMs: undefined, directory },
        policy: parsePolicy({}),
        now: () => 0,
        conversation: { send: (news) => told.push(news) },
      },
    }).start()
    onTestFinished(() => void call.stop())
    return { call, told }
  }

  test('a call does not take the end of another attempt for its own', () => {
    const { call, told } = callOf('ready')
    const end: CallEnd = { ok: true, content: [] }
    call.send({ type: 'call.ended', server: 'bank', generation: 1, end })
    call.send({ type: 'call.ended', server: 'shop', generation: 2, end })

    expect(told).toEqual([])
    expect(call.getSnapshot().matches('running')).toBe(true)
  })

  test('a call that only reads is cancelled by an interruption while it waits', () => {
    const { call, told } = callOf('reconnecting')
    expect(call.getSnapshot().value).toBe('waiting')
    call.send({ type: 'interrupt' })

    const error = { code: 'cancelled', effect: 'none', message: 'charge was cancelled. Nothing was done.' }
    expect(told).toEqual([
      {
        type: 'call.ended',
        callId: '1',
        outcome: { ok: false, callId: '1', error, attempts: [], durationMs: 0 },
      },
    ])
  })

  test('a call asks its caller, in every way', () => {
    const call = new ScriptedCall({ inspect })
    const question = { mode: 'form', message: '', schema: {} } as const
    call.actor.send({ type: 'call.question', server: 'shop', generation: 1, questionId: 'other', question })
    call.ask('a').wait(60_000).ask('b').ask('c').ask('d').answer('d', { action: 'decline' })
    call.actor.send({ type: 'call.question.withdrawn', questionId: 'c' })
    call.actor.send({ type: 'call.question.withdrawn', questionId: 'b' })
    call.actor.send({ type: 'call.progress', progress: { progress: 1 } })
    call.actor.send({ type: 'interrupt' })
    for (const seat of [1, 2, 3]) call.answer('d', { action: 'accept', content: { seat } })
    for (let number = 1; number <= 17; number++)
      call.ask(`${number}`).answer(`${number}`, { action: 'cancel' })
    call.end()

    const ends = call.told.filter(({ type }) => type === 'question.asked' || type === 'question.ended')
    expect(ends.slice(0, 6)).toEqual([
      ...[asked('a'), ended('a', 'timed_out'), asked('b'), ended('b', 'withdrawn')],
      ...[asked('d'), ended('d', 'cancelled')],
    ])
    expect(ends).toHaveLength(2 * 19)
  })
}
