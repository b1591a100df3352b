import type { Outcome } from '../../contract/protocol.ts'
import { toWords } from '../../rehearsal/speech/spoken.ts'
import type { OutboxMail } from '../stored-mail.ts'
import type { Request } from './options.ts'

interface Letter {
  to: string
  subject: string
  body: string
}

/** A turn of the call that is placed where nothing is asked for, and what must come of it. */
export interface ScriptedTurn {
  request: Request
  function: string
  expected: 'ok' | 'connection_lost'
  /** What must lie in the outbox afterwards. */
  letter?: Letter
  /** Kill the mail server when the mail is stored, and before it hears so. */
  killWhenStored?: boolean
}

const lunch: Letter = { to: 'carol@example.com', subject: 'lunch', body: 'see you at noon' }
const meeting: Letter = {
  to: 'david@example.com',
  subject: 'the meeting',
  body: 'the meeting is moved to monday',
}
const report: Letter = { to: 'carol@example.com', subject: 'the report', body: 'please call me back' }

function email({ to, subject, body }: Letter): Request {
  const spoken = to.replace('@', ' at ').replaceAll('.', ' dot ')
  return { kind: 'say', value: `send an email to ${spoken} with the subject ${subject} and the body ${body}` }
}

/** A search, a mail, a mail whose server dies at the worst moment, and a mail after it came back. */
export const script: readonly ScriptedTurn[] = [
  {
    request: { kind: 'say', value: 'search the web for supervised actors' },
    function: 'search_web',
    expected: 'ok',
  },
  { request: email(lunch), function: 'send_email', expected: 'ok', letter: lunch },
  {
    request: email(meeting),
    function: 'send_email',
    expected: 'connection_lost',
    letter: meeting,
    killWhenStored: true,
  },
  { request: email(report), function: 'send_email', expected: 'ok', letter: report },
]

export interface SeenTurn {
  said: string
  heard: string
  answered: string[]
  calls: { function: string; outcome: Outcome }[]
}

/** What went otherwise than told, one line each; nothing where all is well. */
export function judge(turns: readonly SeenTurn[], mails: readonly OutboxMail[]): string[] {
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
export function soundsAlike(one: string, other: string): boolean {
  return toWords(one).join(' ') === toWords(other).join(' ')
}

function isSame(mail: OutboxMail, letter: Letter): boolean {
  return mail.subject === letter.subject && mail.text === letter.body && mail.to.join() === letter.to
}
