import { expect, test } from 'vitest'
import { createSwitchboard, type Outcome } from '../../src/index.ts'
import type { Lie } from '../history/checker.ts'
import type { HistoryEvent } from '../history/history.ts'
import type { Era, Transport } from '../support/transports.ts'
import { runChaos } from './chaos.ts'
import { lying, sendsAgain } from './liars.ts'
import { inWords, tableOf } from './report.ts'
import { Tally } from './tally.ts'

const timeoutMs = 240_000

/** Calls end in these ways whatever the moments of the faults are. */
const certainEnds = [
  ...['ok', 'tool_error unknown', 'invalid_result done', 'invalid_arguments none', 'unknown_function none'],
  ...['cancelled unknown', 'connection_lost unknown', 'timed_out unknown', 'server_unavailable none'],
]

test('nobody is lied to while servers suffer every fault over both transports, in both eras', {
  timeout: timeoutMs,
}, async () => {
  const result = await runChaos({
    createSwitchboard,
    calls: 1_000,
    everyFault: true,
    maxRestMs: 250,
    seed: 1,
  })
  const { violations, left, isStuck, struck, tally, byVersion, history, calls } = result

  expect(violations, inWords(result)).toEqual([])
  expect(left).toEqual([])
  expect(isStuck).toBe(false)
  const spared = [...struck].flatMap(([kind, { times }]) =>
    [...times].filter(([, count]) => count === 0).map(([fault]) => `${kind}: ${fault}`),
  )
  expect(spared).toEqual([])
  expect([...byVersion.rows.keys()].sort()).toEqual(['2025-11-25', '2026-07-28'])
  expect(tally.ends).toEqual(expect.arrayContaining(certainEnds))
  for (const name of ['stdio1', 'stdio2', 'http1', 'http2', 'pair']) {
    const codes = codesOf(history, name)
    expect(codes.has('ok') && codes.size > 1, `${name} ended ${[...codes].join(', ')}`).toBe(true)
  }
  expect(tally.ok).toBeGreaterThan(calls / 4)
})

const done = { type: 'text', text: 'Done!' }

test.each<[string, Lie, Parameters<typeof runChaos>[0]['createSwitchboard']]>([
  [
    'what may have been done is told as not done',
    'false nothing happened',
    lying((outcome) =>
      isDoubtful(outcome) ? { ...outcome, error: { ...outcome.error, effect: 'none' } } : outcome,
    ),
  ],
  [
    'an error is told as a success',
    'false success',
    lying((outcome) =>
      outcome.ok ? outcome : { ...outcome, ok: true, server: '?', content: [done], text: 'Done!' },
    ),
  ],
  ['the answer of another call is told', 'false success', lying(mixedUp())],
  ['an error is kept from the caller', 'not one outcome', lying(onceSilent())],
  ['a call that failed is sent again', 'duplicate', sendsAgain],
])('a planted lie is noticed: %s', { timeout: timeoutMs }, async (_, lie, liar) => {
  const { violations } = await runChaos({
    ...{ createSwitchboard: liar, calls: 300, everyFault: false, maxRestMs: 300, seed: 2 },
  })
  expect(new Set(violations.map((violation) => violation.lie))).toEqual(new Set([lie]))
})

function isDoubtful(outcome: Outcome): outcome is Extract<Outcome, { ok: false }> {
  return !outcome.ok && outcome.error.effect === 'unknown'
}

/** The first error is kept back. */
function onceSilent() {
  let isSilent = true
  return (outcome: Outcome): Outcome | 'nothing' => {
    if (outcome.ok || !isSilent) return outcome
    isSilent = false
    return 'nothing'
  }
}

/** Each success has the answer of the one before. */
function mixedUp() {
  let before: Extract<Outcome, { ok: true }>['content'] = [done]
  return (outcome: Outcome): Outcome => {
    if (!outcome.ok) return outcome
    const told = { ...outcome, content: before }
    before = outcome.content
    return told
  }
}

function codesOf(history: readonly HistoryEvent[], name: string): Set<string> {
  const asked = history.flatMap((event) =>
    event.type === 'call' && event.function.endsWith(`_${name}`) ? event.callId : [],
  )
  const callIds = new Set(asked)
  return new Set(
    history.flatMap((event) => (event.type === 'outcome' && callIds.has(event.callId) ? event.code : [])),
  )
}

test('the table has a row for each fault and a column for each end, the most frequent first', () => {
  const tally = new Tally()
  const told = { callId: 'c', attempts: [], durationMs: 0 }
  const ok: Outcome = { ...told, ok: true, server: 's', content: [], text: '' }
  const error = { code: 'connection_lost', effect: 'unknown', message: '' } as const
  for (const fault of ['SIGKILL', 'none', 'none']) tally.add(fault, ok)
  tally.add('SIGKILL', { ...told, ok: false, error })

  const byVersion = new Tally()
  byVersion.add('2026-07-28', ok)
  const kind = (over: Transport, era: Era, count: number) =>
    [`${over} ${era}`, { over, era, times: new Map([['SIGKILL', count]]) }] as const
  const struck = new Map([kind('stdio', 'modern', 1), kind('http', 'modern', 11), kind('http', 'legacy', 3)])
  expect(`\n${tableOf({ tally, byVersion, struck })}\n`).toBe(`
                                               connection
                      strikes     strikes            lost
fault              2025-11-25  2026-07-28  ok     unknown
none                                        2           ·
SIGKILL                     3          12   1           1
all of 2026-07-28                           1           ·
`)
})
