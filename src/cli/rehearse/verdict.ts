import type { ErrorCode, Outcome } from '../../contract/protocol.ts'
import { toWords } from '../../rehearsal/speech/spoken.ts'
import type { OutboxMail } from '../stored-mail.ts'
import { type Letter, type ScriptedTurn, script } from './script.ts'

export interface SeenTurn {
  said: string
  heard: string
  answered: string[]
  calls: { function: string; outcome: Outcome }[]
}

/** What went otherwise in the call of the script, one line each; nothing where all is well. */
export function judgeScript(turns: readonly SeenTurn[], mails: readonly OutboxMail[]): string[] {
  const complaints: string[] = []
  const letters = [...mails]
  for (const [index, scripted] of script.entries()) {
    const turn = turns[index]
    const complain = (what: string) => complaints.push(`turn ${index + 1}: ${what}`)
    if (!turn) {
      complain('it did not take place')
      continue
    }
    if (!soundsAlike(turn.heard, turn.said)) complain(`“${turn.said}” was heard as “${turn.heard}”`)
    const [call, ...more] = turn.calls
    if (call?.function !== scripted.function || more.length > 0) {
      complain(`one call of ${scripted.function} was due, not ${turn.calls.length} calls`)
    } else {
      complainOfOutcome(call.outcome, scripted.expected, turn.answered, complain)
    }
    if (scripted.letter) {
      const mail = letters.shift()
      if (!mail || !isSame(mail, scripted.letter)) complain('its mail does not lie in the outbox')
    }
  }
  if (letters.length > 0)
    complaints.push(`${letters.length} more mails lie in the outbox than were asked for`)
  return complaints
}

function complainOfOutcome(
  outcome: Outcome,
  expected: ScriptedTurn['expected'],
  answered: string[],
  complain: (what: string) => void,
): void {
  const code = outcome.ok ? 'ok' : outcome.error.code
  if (code !== expected) complain(`the call ended ${code}, not ${expected}`)
  if (!outcome.ok && outcome.error.code === 'connection_lost' && outcome.error.effect !== 'unknown') {
    complain(`its effect is ${outcome.error.effect}, not unknown`)
  }
  const told = outcome.ok ? outcome.text : outcome.error.message
  const firstSentence = told.split(/(?<=[.!?])\s/)[0] ?? told
  if (!answered.join(' ').includes(firstSentence)) complain(`the agent did not say “${firstSentence}”`)
}

/** A transcript has “carol@example.com” where the caller says “carol at example dot com”. */
function soundsAlike(one: string, other: string): boolean {
  return toWords(one).join(' ') === toWords(other).join(' ')
}

function isSame(mail: OutboxMail, letter: Letter): boolean {
  return mail.subject === letter.subject && mail.text === letter.body && mail.to.join() === letter.to
}

/** A turn of a call in which somebody said what to ask for. */
export interface RequestedTurn extends SeenTurn {
  timedOut: boolean
  /** The agent ran a function, which may be its own. */
  isActive: boolean
  /** Its words were heard by ears whose spelling is known. */
  isSpoken: boolean
  /** A server was to be killed in it. */
  isStruck: boolean
}

/** How a function ends that is to ask first, or whose caller thought better of it. */
const wanted = new Set<ErrorCode>(['confirmation_required', 'declined', 'cancelled'])

/** What went otherwise in any other call. */
export function judge(turns: readonly RequestedTurn[]): string[] {
  return turns.flatMap(({ said, heard, timedOut, calls, isActive, isSpoken, isStruck }, index) => {
    const place = `turn ${index + 1}: “${said}”`
    if (heard === '') return [`${place} was not heard: no known sentence is like it`]
    if (timedOut) return [`${place} was not answered`]
    if (calls.length === 0 && !isActive) {
      return [`${place} led to no function call; it was heard as “${heard}”`]
    }
    if (isSpoken && !soundsAlike(heard, said)) return [`${place} was heard as “${heard}”`]
    return calls.flatMap(({ function: name, outcome }) => {
      if (isStruck || outcome.ok || wanted.has(outcome.error.code)) return []
      return [`${place}: ${name} ended in ${outcome.error.code}, effect ${outcome.error.effect}`]
    })
  })
}
