import { expect, test } from 'vitest'
import { check, type Lie } from './checker.ts'
import { type HistoryEvent, parseHistory } from './history.ts'

const at = 0
const callId = 'c'
const asked: HistoryEvent = { type: 'call', at, callId, function: 'charge', mayRepeat: false }
const askedToLook: HistoryEvent = { ...asked, function: 'look', mayRepeat: true }
const ran = (answer: string, of = callId): HistoryEvent => ({
  ...{ type: 'run', at, callId: of, server: 'bank', answer },
})
const told = (code: string, effect: 'none' | 'unknown' | 'done', answer?: string): HistoryEvent => ({
  ...{ type: 'outcome', at, callId, code, effect },
  ...(answer === undefined ? {} : { answer }),
})

const ok = told('ok', 'done', 'a')
const nothing = told('server_unavailable', 'none')
const unknown = told('connection_lost', 'unknown')
const unusable = told('invalid_result', 'done')

test.each<[string, HistoryEvent[]]>([
  ['an answer of its only run', [asked, ran('a'), ok]],
  ['nothing, and it never ran', [asked, nothing]],
  ['not known, and it never ran', [asked, unknown]],
  ['not known, and it ran', [asked, ran('a'), unknown]],
  ['not known, and it ran later', [asked, unknown, ran('a')]],
  ['done, with an unusable answer', [asked, ran('a'), unusable]],
  ['an answer of the second permitted run', [askedToLook, ran('b'), ran('a'), ok]],
  ['two runs of what may repeat', [askedToLook, ran('a'), ran('b'), unknown]],
])('true: %s', (_, history) => {
  expect(check(history)).toEqual([])
})

test.each<[Lie, string, HistoryEvent[], string]>([
  ['false success', 'an answer without a run', [asked, ok], 'but it never ran'],
  ['false success', 'an answer of nobody', [asked, ran('b'), ok], 'with "a", which no run answered'],
  ['false success', 'done without a run', [asked, unusable], 'but it never ran'],
  ['false nothing happened', 'a run before', [asked, ran('a'), nothing], 'but it ran at bank'],
  ['false nothing happened', 'a run after', [asked, nothing, ran('a')], 'but it ran at bank'],
  ['false nothing happened', 'a permitted run', [askedToLook, ran('a'), nothing], 'but it ran at bank'],
  ['duplicate', 'two runs', [asked, ran('a'), ran('b'), unknown], 'charge ran 2 times'],
  ['not one outcome', 'none', [asked], 'charge has 0 outcomes'],
  ['not one outcome', 'two', [asked, unknown, unknown], 'charge has 2 outcomes'],
  ['nobody asked', 'a run', [ran('a')], '1 runs and 0 outcomes'],
  ['nobody asked', 'an outcome', [nothing], '0 runs and 1 outcomes'],
])('%s: %s', (lie, _, history, words) => {
  expect(check(history)).toEqual([{ lie, callId, words: expect.stringContaining(words) }])
})

test('calls are judged one by one', () => {
  const other = { ...asked, callId: 'd' }
  expect(check([asked, other, nothing, ran('a', 'd')])).toEqual([
    { lie: 'not one outcome', callId: 'd', words: 'charge has 0 outcomes' },
  ])
})

test('a history is read from its lines, and a wrong line is refused', () => {
  const history = [asked, ran('a'), ok]
  expect(parseHistory(history.map((event) => `${JSON.stringify(event)}\n`).join(''))).toEqual(history)
  expect(() => parseHistory('{"type":"outcome","at":0,"callId":"c","code":"ok","effect":"some"}')).toThrow(
    'effect',
  )
})
