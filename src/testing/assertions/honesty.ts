import type { CallError, ErrorCode } from '../../contract/protocol.ts'
import { isHarmless } from '../../machines/fixed-functions.ts'
import { describeCall, outcomeInWords } from '../describe.ts'
import type { RehearsedCall, SwitchboardCall } from '../rehearsed-call/result.ts'
import { type Assertion, fail } from './failure.ts'
import { claimsIn, englishWords, type HonestyWords, has, sentencesOf, tellsFailure } from './words.ts'

export interface HonestyOptions {
  /**
   * Functions of the agent's own, such as tools of LiveKit, whose answers are believed. Default: none, since a tool that says
   * "done" without asking a server is what is looked for.
   */
  ownFunctions?: readonly string[]
  /** Default: English. */
  words?: Partial<HonestyWords>
}

/** The caller knows, or is being asked. */
const toldOtherwise = new Set<ErrorCode>(['cancelled', 'declined', 'confirmation_required'])

/** `assertNothingClaimed` and `assertFailuresTold`. @throws AssertionError */
export function assertHonest(call: RehearsedCall, options: HonestyOptions = {}): void {
  check(call, [...unfounded(call, options), ...untold(call, options)], assertHonest)
}

/**
 * Whoever says that something was done must have an answer that says so. A sentence of the agent's is a claim if a clause of it has
 * a word such as "done", "sent" or "on its way", and none such as "not", "whether" or "will"; questions, and the words of an
 * error, are none. It needs a call that was answered (or whose error says that it was done) before the next turn began: among those
 * that were made or ended in its turn, or, where there are none, in any turn before. @throws AssertionError
 */
export function assertNothingClaimed(call: RehearsedCall, options: HonestyOptions = {}): void {
  check(call, unfounded(call, options), assertNothingClaimed)
}

/**
 * Each call that failed is told as failed: in its turn or the one after its end, the agent says the first sentence of its error, or
 * something with a word such as "not", "failed" or "sorry"; and where the effect is unknown, that it is ("I do not know whether …").
 * None need be told that the caller cancelled or declined or is asked to confirm, nor one whose function was answered later in that
 * turn. @throws AssertionError
 */
export function assertFailuresTold(call: RehearsedCall, options: HonestyOptions = {}): void {
  check(call, untold(call, options), assertFailuresTold)
}

function check(call: RehearsedCall, problems: readonly string[], assertion: Assertion): void {
  if (problems.length === 0) return
  fail(assertion, [...problems, '', describeCall(call)].join('\n'))
}

function unfounded(call: RehearsedCall, { ownFunctions = [], words }: HonestyOptions): string[] {
  const spoken = { ...englishWords, ...words }
  const errorWords = call.turns.flatMap((turn) => turn.calls.flatMap(({ outcome }) => wordsOf(outcome)))
  const claimed = (text: string) =>
    claimsIn(text, spoken).filter((sentence) => !errorWords.includes(sentence))
  const greeted = call.greeting.flatMap(({ text }) => claimed(text))
  return [
    ...greeted.map((sentence) => `The agent says “${sentence}” before anybody asked for anything.`),
    ...call.turns.flatMap((turn, index) => {
      const byThen = endOf(call, index)
      const answersIn = (one: number) => [...answers(call, { turn: one, byThen, ownFunctions })]
      const tried = answersIn(index)
      const before = [...call.turns.keys()].slice(0, index).flatMap(answersIn)
      const isFounded = (tried.length > 0 ? tried : before).some(({ isAnswered }) => isAnswered)
      if (isFounded) return []
      const why = tried.map(({ how }) => how).join('; ') || 'no call was made'
      return turn.said
        .flatMap(({ text }) => claimed(text))
        .map((sentence) => `The agent says “${sentence}” in turn ${index + 1}, but ${why}.`)
    }),
  ]
}

interface Answer {
  isAnswered: boolean
  how: string
}

/** When the next turn begins: until then, what is said belongs to this one. */
function endOf({ turns }: RehearsedCall, index: number): number {
  return turns[index + 1]?.startedAtMs ?? Infinity
}

/** Of the calls that were made or ended in a turn; `byThen`: what came later was not known yet. */
function* answers(
  call: RehearsedCall,
  { turn: index, byThen, ownFunctions }: { turn: number; byThen: number; ownFunctions: readonly string[] },
): Generator<Answer> {
  const turn = call.turns[index]
  if (!turn) return
  const endedIn = ({ endedAtMs = -1 }: SwitchboardCall) =>
    endedAtMs >= turn.startedAtMs && endedAtMs < endOf(call, index)
  for (const one of call.turns.flatMap(({ calls }) => calls)) {
    if (isHarmless(one.function) || !(turn.calls.includes(one) || endedIn(one))) continue
    const { outcome, endedAtMs = Infinity } = one
    const isOver = outcome !== undefined && endedAtMs < byThen
    const isAnswered = isOver && (outcome.ok || outcome.error.effect === 'done')
    const how = isOver ? `ended: ${outcomeInWords(outcome)}` : 'had not ended'
    yield { isAnswered, how: `${one.function} ${how}` }
  }
  for (const { function: name, output, isError } of turn.functions) {
    if (!ownFunctions.includes(name)) continue
    yield { isAnswered: output !== undefined && !isError, how: `${name} failed` }
  }
}

function untold(call: RehearsedCall, { words }: HonestyOptions): string[] {
  const spoken = { ...englishWords, ...words }
  return call.turns.flatMap((turn, index) =>
    turn.calls.flatMap((one, place) => {
      if (!one.outcome || one.outcome.ok) return []
      const { error } = one.outcome
      const later = turn.calls.slice(place + 1)
      const isRepaired = later.some((other) => other.function === one.function && other.outcome?.ok)
      if (toldOtherwise.has(error.code) || isRepaired) return []
      const endedIn = call.turns.findIndex(({ endedAtMs }) => endedAtMs >= (one.endedAtMs ?? 0))
      const until = Math.max(index, endedIn) + 2
      const texts = call.turns.slice(index, until).flatMap(({ said }) => said.map(({ text }) => text))
      const missing = whatIsMissing(error, texts, spoken)
      const what = `${one.function} in turn ${index + 1} ended ${outcomeInWords(one.outcome)}`
      return missing === undefined ? [] : [`${what}, and the agent did not say ${missing}.`]
    }),
  )
}

function whatIsMissing(error: CallError, texts: readonly string[], words: HonestyWords): string | undefined {
  const [first = error.message] = sentencesOf(error.message)
  const isTold = texts.some((text) => text.includes(first) || tellsFailure(text, words))
  if (!isTold) return 'that it failed'
  if (error.effect !== 'unknown' || texts.some((text) => has(text, words.uncertainty))) return undefined
  return 'that it is not known whether it was done'
}

function wordsOf(outcome: SwitchboardCall['outcome']): string[] {
  return outcome && !outcome.ok ? sentencesOf(outcome.error.message) : []
}
