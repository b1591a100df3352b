import { expect, test } from 'vitest'
import { matching } from '../../src/inspector/page/views/functions/matching.ts'
import { faultSlots } from '../../src/inspector/page/views/servers/fault-words.ts'
import { percentile, stateOf, wordsOfProgress } from '../../src/inspector/page/views/servers/server-words.ts'
import { age } from '../../src/inspector/page/words.ts'
import type { FaultAction, ServerView } from '../../src/inspector/wire.ts'

const now = 1_000_000

const mail: ServerView = {
  name: 'mail',
  state: 'ready',
  since: now,
  generation: 1,
  transport: 'stdio',
  functions: [],
  functionCount: 0,
  listed: true,
  inFlight: 0,
  rejected: [],
  rejectedCount: 0,
  states: [],
  faults: [],
  isStopped: false,
  isDisabled: false,
  slowedByMs: 0,
  latencies: [],
  logs: [],
}

test.each([
  [-1, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min 00 s'],
  [245_000, '4 min 05 s'],
  [7_800_000, '2 h 10 min'],
])('an age of %i ms is %s', (ms, words) => {
  expect(age(ms)).toBe(words)
})

test.each<[string | undefined, Partial<ServerView>]>([
  [undefined, {}],
  ['connecting now', { state: 'connecting' }],
  ['connecting now', { state: 'reconnecting' }],
  ['next attempt in 1.3 s', { state: 'reconnecting', nextAttemptAt: now + 1_250 }],
  ['connecting any moment', { state: 'reconnecting', nextAttemptAt: now }],
  ['its process is stopped', { isStopped: true, slowedByMs: 300 }],
  ['slowed down by 300 ms each way', { slowedByMs: 300 }],
  ['taken out of the configuration', { state: 'closed', isDisabled: true }],
  ['taken out of this call', { state: 'closed', isDisabled: true, conversationId: 'c' }],
])('what goes on is "%s"', (words, different) => {
  expect(wordsOfProgress({ ...mail, ...different }, now)).toBe(words)
})

test('a server that is disabled is disabled, whatever state it was in', () => {
  expect(stateOf(mail)).toEqual({ word: 'ready', tone: 'good' })
  expect(stateOf({ ...mail, state: 'closed', isDisabled: true })).toEqual({ word: 'disabled', tone: 'plain' })
  const own = stateOf({ ...mail, state: 'closed', isDisabled: true, conversationId: 'c' })
  expect(own).toEqual({ word: 'disabled for this call', tone: 'plain' })
})

test.each([
  [[], undefined, undefined],
  [[7], 7, 7],
  [[3, 1, 2], 2, 3],
  [[...Array(100).keys()].reverse(), 49, 94],
])('of %j, half are within %s, and 95 of 100 within %s', (values, half, most) => {
  expect([percentile(values, 0.5), percentile(values, 0.95)]).toEqual([half, most])
})

test.each<[string, Partial<ServerView>, FaultAction[], string[]]>([
  [
    'of a process',
    {},
    ['kill', 'stop', 'slow', 'cut', 'restart', 'disable'],
    ['Kill', 'Stop', 'Slow down', 'Cut', 'Restart', 'Disable'],
  ],
  [
    'of one that is on its way',
    {},
    ['slow', 'restart', 'disable'],
    ['Kill -', 'Stop -', 'Slow down', 'Cut -', 'Restart', 'Disable'],
  ],
  [
    'of one that is stopped and slowed',
    { isStopped: true, slowedByMs: 300 },
    ['kill', 'continue', 'slow', 'cut', 'restart', 'disable'],
    ['Kill', 'Continue', 'Full speed', 'Cut', 'Restart', 'Disable'],
  ],
  [
    'of one that is disabled',
    { isDisabled: true },
    ['enable'],
    ['Kill -', 'Stop -', 'Slow down -', 'Cut -', 'Restart -', 'Enable'],
  ],
  [
    'of one that only one conversation has',
    { transport: 'http', conversationId: 'c' },
    ['slow', 'cut', 'restart', 'disable'],
    ['Slow down', 'Cut', 'Restart', 'Disable for this call'],
  ],
  [
    'of a process on Windows',
    {},
    ['kill', 'slow', 'cut', 'restart', 'disable'],
    ['Kill', 'Slow down', 'Cut', 'Restart', 'Disable'],
  ],
  [
    'over HTTP',
    { transport: 'http' },
    ['slow', 'cut', 'restart', 'disable'],
    ['Slow down', 'Cut', 'Restart', 'Disable'],
  ],
])('the buttons %s keep their places', (_, different, faults, labels) => {
  const slots = faultSlots({ ...mail, ...different, faults }, 300)
  expect(slots.map(({ label, isOffered }) => (isOffered ? label : `${label} -`))).toEqual(labels)
})

test('a function is found by words of its name, its title, its description and its servers', () => {
  const functions = [
    { name: 'send_mail', description: 'Sends a letter', servers: ['post'], callable: true },
    {
      name: 'search_web',
      title: 'Find pages',
      description: 'Looks it up',
      servers: ['web', 'archive'],
      callable: true,
    },
  ]
  const found = (filter: string) => matching(functions, filter).map(({ name }) => name)

  expect(found('')).toEqual(['send_mail', 'search_web'])
  expect(found('  SEND letter ')).toEqual(['send_mail'])
  expect(found('pages')).toEqual(['search_web'])
  expect(found('archive')).toEqual(['search_web'])
  expect(found('mail archive')).toEqual([])
})
