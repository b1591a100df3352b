export const invariants = {
  'one outcome': 'each call has exactly one outcome',
  'none is none': 'what is told as not done never ran, before or after',
  'ok is ok': 'an answer is that of a run, and what is told as done ran',
  'at most once': 'what may not be repeated never ran twice',
  'in time': 'nobody waits past the deadline, which stands still while the caller is asked something',
  'right caller': 'a question reaches only the conversation whose call it is, one at a time',
  'right answer': 'an answer reaches the server that waits, and nobody is asked when none does',
  'back again': 'a server whose fault was lifted is ready within the capped back-off',
  'old is dead': 'no event of an older connection changes anything',
  'nothing left': 'no timer, connection, actor, listener or place is left at the end',
} as const

export type Invariant = keyof typeof invariants

export interface Violation {
  invariant: Invariant
  at: number
  words: string
}

export type Accuse = (invariant: Invariant, words: string) => void
