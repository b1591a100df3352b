import type { Understanding } from '../grammar/grammar.ts'
import { identifierWords } from '../speech/spoken.ts'
import { isCancelled, tell } from './telling.ts'

/** What a response can be about. */
export type Stimulus =
  | { type: 'said'; understanding: Understanding | undefined }
  | { type: 'output'; output: string }

export interface Situation {
  /** What happened since the last response, oldest first. */
  stimuli: Stimulus[]
  /** What this response has to say, whatever else there is. */
  dictated?: string | undefined
  /** Names of the functions that may be called now; none if tool choice is `none`. */
  callable: Set<string>
  /** Whether a function was called that has not answered yet. */
  waiting: boolean
  /** A sentence that can be said. */
  example?: string | undefined
}

export type Step =
  | { type: 'say'; text: string }
  | { type: 'call'; name: string; arguments: Record<string, unknown> }

export const notUnderstood =
  'Sorry, I did not catch that. This is a rehearsal and knows only a few sentences.'

/** Decides what one response does. There is no model behind it: it reports outputs, calls what was asked for, or says why not. */
export function decide(situation: Situation): Step[] {
  if (situation.dictated !== undefined) return [{ type: 'say', text: situation.dictated }]

  const outputs = situation.stimuli.filter((stimulus) => stimulus.type === 'output')
  const worthTelling = outputs.filter(({ output }) => !isCancelled(output))
  const told = worthTelling.map(({ output }) => tell(output)).join(' ')
  const steps: Step[] = told ? [{ type: 'say', text: told }] : []
  const said = situation.stimuli.filter((stimulus) => stimulus.type === 'said').at(-1)
  if (said) steps.push(answer(said.understanding, situation.callable))
  if (steps.length > 0) return steps
  if (outputs.length > 0) return [{ type: 'say', text: outputs.map(({ output }) => tell(output)).join(' ') }]

  if (situation.waiting) return [{ type: 'say', text: 'One moment, please.' }]
  const example = situation.example ? ` You can say: ${situation.example}.` : ''
  return [{ type: 'say', text: `Hello. This is a rehearsal.${example}` }]
}

/** Instructions whose last line is `say: …` are carried out to the letter. */
export function dictation(instructions: string | undefined): string | undefined {
  const lastLine = instructions?.trimEnd().split('\n').at(-1) ?? ''
  return lastLine.match(/^\s*say:\s*(\S.*)$/i)?.[1]
}

function answer(understanding: Understanding | undefined, callable: Set<string>): Step {
  if (!understanding) return { type: 'say', text: notUnderstood }
  const heard = `I heard ${spoken(understanding.name)}, but`
  if (understanding.type === 'unheard') {
    const missing = understanding.unheard.map(spoken).join(' and the ')
    return { type: 'say', text: `${heard} not the ${missing}.` }
  }
  if (!callable.has(understanding.name)) {
    return { type: 'say', text: `${heard} that function is not available now.` }
  }
  return { type: 'call', name: understanding.name, arguments: understanding.arguments }
}

const spoken = (identifier: string): string => identifierWords(identifier).join(' ') || identifier
