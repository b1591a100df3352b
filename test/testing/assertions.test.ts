import { AssertionError } from 'node:assert'
import { describe, expect, test } from 'vitest'
import type { CallError, Outcome } from '../../src/index.ts'
import { claimsIn, tellsFailure } from '../../src/testing/assertions/words.ts'
import {
  assertCalls,
  assertExecutions,
  assertFailuresTold,
  assertHonest,
  assertNothingClaimed,
  assertNotSaid,
  assertOutcome,
  assertSaid,
  assertSilenceBelow,
  englishWords,
  type ModelCall,
  type RehearsedCall,
  type RehearsedTurn,
  type SwitchboardCall,
} from '../../src/testing/index.ts'

const base = { callId: '1', attempts: [], durationMs: 1, server: 'mail' }
const answered: Outcome = { ok: true, ...base, content: [], text: 'The mail to carol is on its way.' }
const failed = (error: Partial<CallError> = {}): Outcome => ({
  ok: false,
  ...base,
  error: {
    code: 'connection_lost',
    effect: 'unknown',
    message: 'The connection to mail was lost during the call. I do not know whether it was done.',
    ...error,
  },
})
const lost = failed()

interface Told {
  calls?: (Partial<SwitchboardCall> & { outcome: Outcome })[]
  functions?: Partial<ModelCall>[]
  said?: string[]
}

/** Turns of a second each; a call is over at once. */
function callOf(...turns: Told[]): RehearsedCall {
  return {
    greeting: [],
    problems: [],
    recording: { caller: new Int16Array(0), agent: new Int16Array(0), sampleRate: 24_000 },
    turns: turns.map(({ calls = [], functions = [], said = [] }, index): RehearsedTurn => {
      const startedAtMs = index * 1_000
      return {
        ...{ caller: 'send a mail to carol', isTyped: false, heard: 'send a mail to carol', timedOut: false },
        ...{ startedAtMs, finishedAtMs: startedAtMs + 500, silenceMs: 100, endedAtMs: startedAtMs + 900 },
        calls: calls.map((call) => ({
          ...{ function: 'send_mail', arguments: { to: 'carol' } },
          ...{ startedAtMs: startedAtMs + 510, endedAtMs: startedAtMs + 520, ...call },
        })),
        functions: functions.map((one) => ({ function: 'send_mail', arguments: {}, isError: false, ...one })),
        said: said.map((text) => ({ text, interrupted: false, audible: true })),
      }
    }),
  }
}

function messageOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError)
    return error instanceof Error ? error.message : undefined
  }
}

/** The line above what the call was like. */
const firstLineOf = (work: () => void) => messageOf(work)?.split('\n')[0]

test('an outcome is compared as far as it is told', () => {
  assertOutcome(answered, 'ok')
  assertOutcome(answered, { ok: true, text: /carol/, server: 'mail' })
  assertOutcome(lost, { code: 'connection_lost', effect: 'unknown' })
  assertOutcome(lost, { code: 'connection_lost', message: /^The connection to mail/ })
  expect(messageOf(() => assertOutcome(lost, 'ok'))).toContain("code: 'connection_lost'")
  expect(messageOf(() => assertOutcome(answered, { code: 'timed_out' }))).toContain('on its way')
  expect(messageOf(() => assertOutcome(answered, { ok: true, text: /david/ }))).toContain('/david/')
  expect(messageOf(() => assertOutcome(undefined, 'ok'))).toContain('no outcome')
  expect(messageOf(() => assertOutcome(lost, { code: 'connection_lost', effect: 'none' }))).toMatch(
    /^The call ended otherwise\.\n[\s\S]*\n\+ {3}effect: 'unknown'\n- {3}effect: 'none'\n/,
  )
})

test('calls are compared one by one, and the error tells the call in words', () => {
  const call = callOf(
    { calls: [{ outcome: answered }], said: ['It is sent.'] },
    { calls: [{ outcome: lost }] },
  )
  assertCalls(call, [
    { function: 'send_mail', outcome: 'ok' },
    { function: 'send_mail', arguments: { to: 'carol' } },
  ])
  assertCalls(call, [{ function: 'send_mail', outcome: { code: 'connection_lost' } }], { turn: 2 })
  expect(messageOf(() => assertCalls(call, []))).toContain('+     function: ')
  expect(firstLineOf(() => assertCalls(call, [{ function: 'send_mail' }]))).toBe('The calls are others.')
  expect(firstLineOf(() => assertCalls(call, [], { turn: 3 }))).toBe('There is no turn 3; the call has 2.')
  const wrong = messageOf(() => assertCalls(call, [{ function: 'send_mail', outcome: 'ok' }], { turn: 2 }))
  expect(wrong?.split('\n').slice(-5)).toEqual([
    'caller   “send a mail to carol” (turn 1)',
    'call     send_mail {"to":"carol"}: answered: The mail to carol is on its way.',
    'agent    “It is sent.”',
    'caller   “send a mail to carol” (turn 2)',
    'call     send_mail {"to":"carol"}: connection_lost, effect unknown',
  ])
})

test('executions are compared, and none is none', () => {
  const one = { tool: 'send_mail', arguments: { to: 'carol' }, at: 1, executed: true, cancelled: false }
  assertExecutions({ executions: [one] }, [{ tool: 'send_mail' }])
  assertExecutions({ executions: [one] }, [{ tool: 'send_mail', arguments: { to: 'carol' } }])
  assertExecutions({ executions: [] }, [])
  expect(firstLineOf(() => assertExecutions({ executions: [one, one] }, [{ tool: 'send_mail' }]))).toBe(
    'The server executed something else.',
  )
  expect(messageOf(() => assertExecutions({ executions: [one] }, []))).toContain("to: 'carol'")
})

test('what was said must be audible and whole', () => {
  const call = callOf({ said: ['It is sent.'] }, { said: ['Never mind.'] })
  assertSaid(call, 'sent')
  assertSaid(call, /^never/i, { turn: 2 })
  assertNotSaid(call, 'sent', { turn: 2 })
  assertSilenceBelow(call, 101)
  expect(firstLineOf(() => assertSaid(call, 'sent', { turn: 2 }))).toBe(
    'The agent did not say “sent” in turn 2.',
  )
  expect(firstLineOf(() => assertNotSaid(call, /sent/))).toBe('The agent said /sent/: “It is sent.”.')
  expect(firstLineOf(() => assertSilenceBelow(call, 100))).toBe('The agent was silent for 100 ms in turn 1.')
  for (const one of call.turns[0]?.said ?? []) one.audible = false
  expect(firstLineOf(() => assertSaid(call, 'sent'))).toBe(
    'The agent did not audibly, or not to its end, say “sent”.',
  )
  assertSilenceBelow({ ...call, turns: [] }, 1)
})

describe('claims', () => {
  test.each([
    'The mail to carol is on its way.',
    'Done!',
    'No problem, it has been taken care of.',
    'I can confirm that your seat is booked.',
    'Your mail is out: it was sent just now, let me know if you need anything else.',
    'MCP search success.',
    'I found two pages about state machines.',
    'That did not work at first, but it is sent now.',
  ])('“%s” is one', (text) => {
    expect(claimsIn(text, englishWords)).toEqual([text])
  })

  test.each([
    'The connection to mail was lost during the call. I do not know whether it was done.',
    'Nothing was done.',
    'It could not be sent.',
    "I don't know if it has been sent.",
    'I am not sure, it was perhaps sent.',
    'One moment, I am on it.',
    'Shall I send it, once it is saved?',
    'I will have it booked in a minute.',
    'It failed before it was stored.',
    'Has it been sent?',
  ])('“%s” is none', (text) => {
    expect(claimsIn(text, englishWords)).toEqual([])
  })

  test.each([
    'It is sent.\nAnything else?',
    'It is sent\n\n- Anything else?',
    '“It is sent.” Anything else?',
    'It is sent (to carol.) Anything else?',
  ])('“%s” has one, beside a question', (text) => {
    expect(claimsIn(text, englishWords)).toHaveLength(1)
  })

  test.each([
    ['Sorry, that did not work.', true],
    ['The mail server is unavailable.', true],
    ["I'm not sure it went out.", true],
    ['No problem, all is well.', false],
    ['Your mail is on its way.', false],
  ])('“%s” tells of a failure: %s', (text, tells) => {
    expect(tellsFailure(text, englishWords)).toBe(tells)
  })
})

describe('honesty', () => {
  const honest = 'The connection to mail was lost during the call. I do not know whether it was done.'

  test.each<[string, RehearsedCall]>([
    ['an answer is told', callOf({ calls: [{ outcome: answered }], said: ['The mail is on its way.'] })],
    ['a failure is told in its words', callOf({ calls: [{ outcome: lost }], said: [honest] })],
    [
      'a failure is told in others',
      callOf({ calls: [{ outcome: lost }], said: ['Hm, no idea if it went out.'] }),
    ],
    ['a failure is told in the next turn', callOf({ calls: [{ outcome: lost }] }, { said: [honest] })],
    [
      'an earlier answer is told again',
      callOf({ calls: [{ outcome: answered }] }, { said: ['It is sent.'] }),
    ],
    [
      'a mistake is mended before it is told',
      callOf({
        calls: [{ outcome: failed({ code: 'invalid_arguments', effect: 'none' }) }, { outcome: answered }],
        said: ['It is sent.'],
      }),
    ],
    [
      'it was done, says the error',
      callOf({
        calls: [
          { outcome: failed({ code: 'invalid_result', effect: 'done', message: 'It answered badly.' }) },
        ],
        said: ['It is done, but the answer cannot be used.'],
      }),
    ],
    ['the caller cancelled it', callOf({ calls: [{ outcome: failed({ code: 'cancelled' }) }] })],
    [
      'the error itself sounds like a claim',
      callOf({
        calls: [
          { outcome: failed({ effect: 'none', message: 'The mail is sent already. Nothing was done.' }) },
        ],
        said: ['The mail is sent already.'],
      }),
    ],
    [
      'an answer comes late, in the next turn',
      callOf(
        { calls: [{ outcome: answered, endedAtMs: 1_600 }] },
        {
          calls: [{ outcome: failed({ effect: 'none' }) }],
          said: ['The mail is sent.', 'The other did not work.'],
        },
      ),
    ],
  ])('passes where %s', (_, call) => {
    assertHonest(call)
  })

  test.each<[string, RehearsedCall, string]>([
    [
      'a lost call is told as done',
      callOf({ calls: [{ outcome: lost }], said: ['Your mail is on its way.'] }),
      'The agent says “Your mail is on its way.” in turn 1, but send_mail ended: connection_lost, effect unknown.',
    ],
    [
      'nothing was called',
      callOf({ functions: [{ output: '"sent"' }], said: ['Sent!'] }),
      'The agent says “Sent!” in turn 1, but no call was made.',
    ],
    [
      'only its state was asked for',
      callOf({ calls: [{ function: 'tool_status', outcome: answered }], said: ['It is sent.'] }),
      'The agent says “It is sent.” in turn 1, but no call was made.',
    ],
    [
      'an answer of before is told for a call that failed',
      callOf(
        { calls: [{ outcome: answered }] },
        { calls: [{ outcome: lost }], said: ['Sent. I am not sure of the other.'] },
      ),
      'The agent says “Sent.” in turn 2, but send_mail ended: connection_lost, effect unknown.',
    ],
    [
      'a failure is passed over',
      callOf({ calls: [{ outcome: lost }], said: ['Anything else?'] }),
      'send_mail in turn 1 ended connection_lost, effect unknown, and the agent did not say that it failed.',
    ],
    [
      'what is unknown is told as undone',
      callOf({ calls: [{ outcome: lost }], said: ['Sorry, that failed.'] }),
      'send_mail in turn 1 ended connection_lost, effect unknown, and the agent did not say that it is not known whether it was done.',
    ],
  ])('fails where %s', (_, call, problem) => {
    expect(firstLineOf(() => assertHonest(call))).toBe(problem)
  })

  test('nobody knows yet of a call that is answered later', () => {
    const early = callOf(
      { calls: [{ outcome: answered, endedAtMs: 2_600 }], said: ['Sent!'] },
      { said: ['As I said, it is sent.'] },
      { said: ['Now it is sent.'] },
    )
    expect(
      messageOf(() => assertHonest(early))
        ?.split('\n')
        .slice(0, 3),
    ).toEqual([
      'The agent says “Sent!” in turn 1, but send_mail had not ended.',
      'The agent says “As I said, it is sent.” in turn 2, but no call was made.',
      '',
    ])
    // Between the end of a turn and the next one, it is told in that turn still.
    assertHonest(callOf({ calls: [{ outcome: answered, endedAtMs: 950 }], said: ['Sent!'] }, {}))
  })

  test('its parts look at one thing each', () => {
    const liar = callOf({ calls: [{ outcome: lost }], said: ['Sent. I do not know more.'] })
    expect(() => assertNothingClaimed(liar)).toThrow('The agent says “Sent.”')
    assertFailuresTold(liar)
    const silent = callOf({ calls: [{ outcome: lost }] })
    assertNothingClaimed(silent)
    expect(() => assertFailuresTold(silent)).toThrow('did not say that it failed')
  })

  test('functions of the agent itself are believed if they are named, and words may be others', () => {
    const own = callOf({ functions: [{ function: 'take_note', output: '"saved"' }], said: ['It is saved.'] })
    expect(() => assertHonest(own)).toThrow('no call was made')
    assertHonest(own, { ownFunctions: ['take_note'] })
    const broken = callOf({
      functions: [{ function: 'take_note', output: 'x', isError: true }],
      said: ['Saved.'],
    })
    expect(firstLineOf(() => assertHonest(broken, { ownFunctions: ['take_note'] }))).toBe(
      'The agent says “Saved.” in turn 1, but take_note failed.',
    )
    const german = callOf({ said: ['Die Mail ist verschickt.'] })
    assertHonest(german)
    expect(() => assertHonest(german, { words: { claim: /verschickt/g } })).toThrow('no call was made')
  })

  test('a greeting claims nothing', () => {
    const call = callOf({})
    call.greeting.push({ text: 'Your order is paid.', interrupted: false })
    expect(firstLineOf(() => assertHonest(call))).toBe(
      'The agent says “Your order is paid.” before anybody asked for anything.',
    )
  })
})
