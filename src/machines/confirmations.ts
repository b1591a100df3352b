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
type Speech = 'agent began' | 'agent ended' | 'agent was interrupted' | 'caller began'

type Stage = Confirmation['stage']

const stageAfter: Record<Stage, Partial<Record<Speech, Stage>>> = {
  asked: { 'agent began': 'playing' },
  playing: { 'agent ended': 'played', 'agent was interrupted': 'asked' },
  played: { 'caller began': 'answered' },
  answered: {},
}

export function afterSpeech(confirmations: Confirmations, what: Speech): Confirmations {
  return new Map(
    [...confirmations].map(([code, one]) => [
      code,
      { ...one, stage: stageAfter[one.stage][what] ?? one.stage },
    ]),
  )
}

function newCode(random: number): string {
  return String(Math.floor(random * 10 ** codeDigits)).padStart(codeDigits, '0')
}
