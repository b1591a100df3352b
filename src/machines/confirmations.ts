import type { JsonObject } from '../protocol.ts'

/** A call that waits for the caller's yes. It holds for this function and these arguments only, and once. */
export interface Confirmation {
  code: string
  /** Of the function and its arguments. */
  key: string
  functionName: string
  arguments: JsonObject
  timeoutMs: number | undefined
  expiresAt: number
  /** What has happened since it was asked for. Only an answer that came after the whole question was heard counts. */
  stage: 'asked' | 'playing' | 'played' | 'answered'
}

export type Confirmations = ReadonlyMap<string, Confirmation>

export type Question = Omit<Confirmation, 'code' | 'expiresAt' | 'stage'>

const codeDigits = 6

/** The open one for the same call, or a new one. Those that have expired are gone. */
export function askFor(
  confirmations: Confirmations,
  question: Question,
  { now, withinMs, random }: { now: number; withinMs: number; random: () => number },
): { confirmations: Confirmations; code: string } {
  const open = new Map([...confirmations].filter(([, { expiresAt }]) => now < expiresAt))
  const same = [...open.values()].find(({ key }) => key === question.key)
  if (same) return { confirmations: open, code: same.code }
  let code = newCode(random())
  while (open.has(code)) code = newCode(random())
  open.set(code, { ...question, code, expiresAt: now + withinMs, stage: 'asked' })
  return { confirmations: open, code }
}

export function openConfirmation(confirmations: Confirmations, code: string, now: number) {
  const confirmation = confirmations.get(code)
  return confirmation && now < confirmation.expiresAt ? confirmation : undefined
}

/** The agent begins to speak, or ends; the caller begins to. */
export function afterSpeech(
  confirmations: Confirmations,
  what: 'agent began' | 'agent ended' | 'agent was interrupted' | 'caller began',
): Confirmations {
  if (confirmations.size === 0) return confirmations
  return new Map(
    [...confirmations].map(([code, one]) => [code, { ...one, stage: stageAfter(one.stage, what) }]),
  )
}

function stageAfter(
  stage: Confirmation['stage'],
  what: Parameters<typeof afterSpeech>[1],
): Confirmation['stage'] {
  if (stage === 'asked' && what === 'agent began') return 'playing'
  if (stage === 'playing' && what === 'agent ended') return 'played'
  if (stage === 'playing' && what === 'agent was interrupted') return 'asked'
  if (stage === 'played' && what === 'caller began') return 'answered'
  return stage
}

function newCode(random: number): string {
  return String(Math.floor(random * 10 ** codeDigits)).padStart(codeDigits, '0')
}
