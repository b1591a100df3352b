import type { Request } from './options.ts'

export interface Letter {
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
