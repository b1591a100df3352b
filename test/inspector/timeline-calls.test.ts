import fc from 'fast-check'
import { expect, test } from 'vitest'
import { timingOf } from '../../src/inspector/page/views/timeline/call-details/timing.ts'
import {
  callDuration,
  effectWords,
  labels,
  stateWords,
} from '../../src/inspector/page/views/timeline/call-words.ts'
import { type CallFilter, noFilter, passes } from '../../src/inspector/page/views/timeline/filter.ts'
import { groupCalls, isLive, isSeen } from '../../src/inspector/page/views/timeline/groups.ts'
import { placeCalls } from '../../src/inspector/page/views/timeline/placing.ts'
import { rowsOf } from '../../src/inspector/page/views/timeline/rows.ts'
import {
  callStretches,
  isQuiet,
  serverStretches,
  voiceLanes,
} from '../../src/inspector/page/views/timeline/stretches.ts'
import { fitted } from '../../src/inspector/page/views/timeline/text-fit.ts'
import type { CallView, ConversationMark, ConversationView, ServerView } from '../../src/inspector/wire.ts'

function aCall(part: Partial<CallView> = {}): CallView {
  return {
    callId: 'c1',
    conversationId: 'v1',
    function: 'send_email',
    state: 'answered',
    startedAt: 100,
    sentAt: 120,
    endedAt: 200,
    server: 'mail',
    code: 'ok',
    effect: 'done',
    attempts: [{ server: 'mail', generation: 1, code: 'ok', at: 120 }],
    argumentsText: '{"to":"carol@example.com"}',
    resultText: 'It is on its way.',
    progress: [],
    ...part,
  }
}

const lost = aCall({
  callId: 'c2',
  state: 'failed',
  code: 'connection_lost',
  effect: 'unknown',
  attempts: [{ server: 'mail', generation: 1, code: 'connection_lost', at: 120 }],
})

function filtering(part: Partial<CallFilter>): CallFilter {
  return { ...noFilter, ...part }
}

test('a call is what waited, then what its attempts led to', () => {
  const { sentAt: _, ...neverSent } = aCall({ state: 'failed', code: 'server_unavailable', attempts: [] })
  const {
    endedAt: __,
    code: ___,
    ...running
  } = aCall({ state: 'running', attempts: [{ server: 'mail', generation: 1, at: 120 }] })
  const twice = aCall({
    attempts: [
      { server: 'mail', generation: 1, code: 'server_unavailable', at: 120 },
      { server: 'mail', generation: 2, code: 'ok', at: 160 },
    ],
  })
  const givenUp = aCall({
    state: 'failed',
    code: 'cancelled',
    attempts: [{ server: 'mail', generation: 1, code: 'connection_lost', at: 120 }],
  })

  expect(callStretches(aCall(), 999)).toEqual([
    { kind: 'waiting', from: 100, until: 120 },
    { kind: 'answered', from: 120, until: 200 },
  ])
  expect(callStretches(neverSent, 999)).toEqual([{ kind: 'waiting', from: 100, until: 200 }])
  expect(callStretches(running, 150)).toEqual([
    { kind: 'waiting', from: 100, until: 120 },
    { kind: 'running', from: 120, until: 150 },
  ])
  expect(callStretches(twice, 999)).toEqual([
    { kind: 'waiting', from: 100, until: 120 },
    { kind: 'tried', from: 120, until: 160 },
    { kind: 'answered', from: 160, until: 200 },
  ])
  expect(callStretches(givenUp, 999).at(-1)).toEqual({ kind: 'tried', from: 120, until: 200 })
  expect(callStretches({ ...neverSent, startedAt: 200 }, 999)).toEqual([])
})

test('its time is split into waiting and running', () => {
  const { sentAt: _, ...neverSent } = aCall()
  const { endedAt: __, ...running } = aCall()
  expect(timingOf(aCall(), 999)).toEqual({ waitedMs: 20, ranMs: 80, wholeMs: 100 })
  expect(timingOf(neverSent, 999)).toEqual({ waitedMs: 100, wholeMs: 100 })
  expect(timingOf(running, 999)).toEqual({ waitedMs: 20, ranMs: 879, wholeMs: 899 })
})

test('a failed call says its code and its effect in words, an answered one how long it took', () => {
  const { endedAt: _, code: __, effect: ___, ...asking } = aCall({ state: 'asking' })
  expect([stateWords(aCall()), effectWords(aCall()), callDuration(aCall(), 999)]).toEqual([
    'answered',
    undefined,
    '100 ms',
  ])
  expect([stateWords(lost), effectWords(lost)]).toEqual([
    'connection_lost',
    'it is not known whether it was done',
  ])
  expect([stateWords(asking), effectWords(asking), callDuration(asking, 400)]).toEqual([
    'asking the caller',
    undefined,
    '300 ms',
  ])
  expect(labels(lost, 999)).toEqual({
    variants: [
      'connection_lost · it is not known whether it was done · mail',
      'connection_lost · it is not known whether it was done',
      'connection_lost · effect unknown',
      'connection_lost',
    ],
    wanted: 'connection_lost · effect unknown',
  })
  expect(labels(aCall(), 999)).toEqual({ variants: ['100 ms · mail', '100 ms'], wanted: '100 ms' })
})

test('calls are filtered by words, function, server, conversation and outcome', () => {
  const {
    endedAt: _,
    code: __,
    ...running
  } = aCall({ callId: 'c3', state: 'running', function: 'search_web', server: 'web' })
  const none = aCall({
    callId: 'c4',
    state: 'failed',
    code: 'declined',
    effect: 'none',
    conversationId: 'v2',
  })
  const elsewhere = aCall({ callId: 'c5', server: 'spare', attempts: [{ server: 'first', generation: 1 }] })
  const calls = [aCall(), lost, running, none, elsewhere]
  const passing = (part: Partial<CallFilter>) =>
    calls.filter((call) => passes(call, filtering(part))).map(({ callId }) => callId)

  expect(passing({})).toEqual(['c1', 'c2', 'c3', 'c4', 'c5'])
  expect(passing({ text: 'CAROL  way' })).toEqual(['c1', 'c2', 'c3', 'c4', 'c5'])
  expect(passing({ text: 'carol connection_lost' })).toEqual(['c2'])
  expect(passing({ text: 'nobody' })).toEqual([])
  expect(passing({ function: 'search_web' })).toEqual(['c3'])
  expect(passing({ server: 'first' })).toEqual(['c5'])
  expect(passing({ server: 'spare' })).toEqual(['c5'])
  expect(passing({ conversationId: 'v2' })).toEqual(['c4'])
  expect(passing({ outcome: 'running' })).toEqual(['c3'])
  expect(passing({ outcome: 'answered' })).toEqual(['c1', 'c5'])
  expect(passing({ outcome: 'failed' })).toEqual(['c2', 'c4'])
  expect(passing({ outcome: 'effect unknown' })).toEqual(['c2'])
  expect(passing({ outcome: 'failed', conversationId: 'v2', text: 'declined' })).toEqual(['c4'])
})

function keyed<Value>(values: Value[], keyOf: (value: Value) => string): Map<string, Value> {
  return new Map(values.map((value) => [keyOf(value), value]))
}

function grouped(calls: CallView[], conversations: ConversationView[], filter: CallFilter = noFilter) {
  const groups = groupCalls(
    keyed(calls, ({ callId }) => callId),
    keyed(conversations, (one) => one.conversationId),
    filter,
  )
  return groups.map(({ conversation, calls }) => [
    conversation?.conversationId,
    calls.map(({ callId }) => callId),
  ])
}

const speech: ConversationMark = { kind: 'caller', at: 90, endedAt: 95 }

test('each conversation is a group, the newest first; conversations of one call without a voice stand together at the end', () => {
  const conversations = [
    { conversationId: 'old', startedAt: 10, marks: [speech] },
    { conversationId: 'new', startedAt: 50, marks: [speech] },
    { conversationId: 'silent', startedAt: 60, marks: [] },
    { conversationId: 'one', startedAt: 70, marks: [] },
    { conversationId: 'empty', startedAt: 80, marks: [] },
  ]
  const calls = [
    aCall({ callId: 'a', conversationId: 'old', startedAt: 30 }),
    aCall({ callId: 'b', conversationId: 'old', startedAt: 20 }),
    aCall({ callId: 'c', conversationId: 'silent', startedAt: 61 }),
    aCall({ callId: 'd', conversationId: 'silent', startedAt: 62 }),
    aCall({ callId: 'e', conversationId: 'one', startedAt: 71 }),
    aCall({ callId: 'f', conversationId: 'forgotten', startedAt: 5 }),
  ]

  expect(grouped(calls, conversations)).toEqual([
    ['silent', ['c', 'd']],
    ['new', []],
    ['old', ['b', 'a']],
    [undefined, ['f', 'e']],
  ])
  expect(grouped(calls, conversations, filtering({ outcome: 'failed' }))).toEqual([])
  expect(
    grouped(calls, conversations, filtering({ text: 'call', function: 'send_email', conversationId: 'new' })),
  ).toEqual([])
  expect(grouped(calls, conversations, filtering({ conversationId: 'new' }))).toEqual([['new', []]])
})

test('a group is seen while a call or a voice of it is, and lives while one of them lasts', () => {
  const conversation = {
    conversationId: 'v1',
    startedAt: 0,
    marks: [speech, { kind: 'interruption' as const, at: 92 }],
  }
  const group = { conversation, calls: [aCall()], startedAt: 0 }
  expect(isSeen(group, 199, 300)).toBe(true)
  expect(isSeen(group, 94, 95)).toBe(true)
  expect(isSeen(group, 200, 300)).toBe(false)
  expect(isSeen(group, 0, 90)).toBe(false)
  expect(isLive(group)).toBe(false)
  const { endedAt: _, ...running } = aCall()
  expect(isLive({ ...group, calls: [running] })).toBe(true)
  const speaking = {
    ...conversation,
    marks: [
      { kind: 'agent' as const, at: 96 },
      { kind: 'filler' as const, at: 95 },
    ],
  }
  expect(isLive({ ...group, conversation: speaking })).toBe(true)
  expect(isSeen({ ...group, conversation: speaking }, 500, 600)).toBe(true)
})

test('nothing overlaps in a row, and what comes later moves nothing', () => {
  const extent = fc.record({ from: fc.nat(1_000), length: fc.nat(200) })
  fc.assert(
    fc.property(fc.array(extent, { maxLength: 60 }), fc.nat(60), (made, count) => {
      const extents = made
        .map(({ from, length }) => ({ from, until: from + length }))
        .sort((one, other) => one.from - other.from)
      const rows = rowsOf(extents)
      for (const [index, one] of extents.entries()) {
        for (const [other, before] of extents.slice(0, index).entries()) {
          if (rows[other] === rows[index]) expect(before.until).toBeLessThanOrEqual(one.from)
        }
      }
      expect(rowsOf(extents.slice(0, count))).toEqual(rows.slice(0, count))
    }),
  )
})

const placing = { fromAt: 0, untilAt: 1_000, pixelsPerMs: 1, labelWidth: () => 90 }

test('calls whose words would meet stand in different rows, and each knows how much room it has', () => {
  const calls = [
    aCall({ callId: 'a', startedAt: 0, endedAt: 10 }),
    aCall({ callId: 'b', startedAt: 50, endedAt: 60 }),
    aCall({ callId: 'c', startedAt: 100, endedAt: 110 }),
  ]
  const { placed, ...rest } = placeCalls(calls, placing)
  expect(rest).toEqual({ rows: 2, isDense: false })
  expect(placed.map(({ call, row, roomUntil }) => [call.callId, row, roomUntil])).toEqual([
    ['a', 0, 100],
    ['b', 1, Number.POSITIVE_INFINITY],
    ['c', 0, Number.POSITIVE_INFINITY],
  ])
})

test('a running call keeps its row; one out of the window is not drawn', () => {
  const { endedAt: _, ...running } = aCall({ callId: 'a', startedAt: 0 })
  const calls = [
    running,
    aCall({ callId: 'b', startedAt: 300, endedAt: 310 }),
    aCall({ callId: 'c', startedAt: 2_000 }),
  ]
  const rows = (fromAt: number) =>
    placeCalls(calls, { ...placing, fromAt, untilAt: fromAt + 1_000 }).placed.map(({ call, row }) => [
      call.callId,
      row,
    ])
  expect(rows(0)).toEqual([
    ['a', 0],
    ['b', 1],
  ])
  expect(rows(401)).toEqual([['a', 0]])
  expect(rows(1_001)).toEqual([
    ['a', 0],
    ['c', 1],
  ])
})

test('where too many stand beside each other, they are drawn without words', () => {
  const calls = Array.from({ length: 9 }, (_, index) =>
    aCall({ callId: `${index}`, startedAt: index * 8, endedAt: index * 8 + 4 }),
  )
  const { placed, ...rest } = placeCalls(calls, placing)
  expect(rest).toEqual({ rows: 1, isDense: true })
  expect(placed).toHaveLength(9)
})

test('a server is shown with the states of the window', () => {
  const states: ServerView['states'] = [
    { at: 0, state: 'connecting' },
    { at: 10, state: 'ready' },
    { at: 50, state: 'reconnecting' },
    { at: 70, state: 'ready' },
  ]
  expect(serverStretches(states, 20, 60)).toEqual([
    { state: 'ready', from: 10, until: 50 },
    { state: 'reconnecting', from: 50, until: 60 },
  ])
  expect(serverStretches(states, 50, 70)).toEqual([{ state: 'reconnecting', from: 50, until: 70 }])
  expect(serverStretches(states, 100, 200)).toEqual([{ state: 'ready', from: 70, until: 200 }])
  expect([isQuiet({ states }, 100, 200), isQuiet({ states }, 20, 60), isQuiet({ states }, 20, 50)]).toEqual([
    true,
    false,
    true,
  ])
})

test('what the agent says soon after a silence was noticed is a filler', () => {
  const caller: ConversationMark = { kind: 'caller', at: 1_000, endedAt: 2_000, text: 'search' }
  const silence: ConversationMark = { kind: 'filler', at: 4_000, text: 'waiting for search_web' }
  const moment: ConversationMark = { kind: 'agent', at: 4_500, endedAt: 6_000, text: 'One moment.' }
  const answer: ConversationMark = { kind: 'agent', at: 7_000, text: 'I found' }
  const interruption: ConversationMark = { kind: 'interruption', at: 8_000 }
  const question: ConversationMark = { kind: 'question', at: 8_500, text: 'send_email' }
  const marks = [silence, caller, moment, answer, interruption, question]

  expect(voiceLanes(marks, 0, 10_000)).toEqual({
    caller: [caller],
    agent: [{ ...moment, kind: 'filler' }, answer],
    moments: [interruption, question],
  })
  expect(voiceLanes(marks, 8_200, 8_400)).toEqual({ caller: [], agent: [answer], moments: [] })
  expect(voiceLanes([silence, { ...answer, at: 9_000 }], 0, 10_000).agent).toEqual([{ ...answer, at: 9_000 }])
})

test('words that do not fit end with an ellipsis, or are left out where too little is left', () => {
  const measure = (text: string) => [...text].length * 10
  expect(fitted('send_email', 100, measure)).toBe('send_email')
  expect(fitted('send_email', 99, measure)).toBe('send_ema…')
  expect(fitted('try it again', 80, measure)).toBe('try it…')
  expect(fitted('send_email', 40, measure)).toBe('sen…')
  expect(fitted('send_email', 39, measure)).toBe('')
  expect(fitted('abc😀def', 50, (text) => text.length * 10)).toBe('abc…')
})
