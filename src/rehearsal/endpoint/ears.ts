import type { Phrases, ToolLike } from '../grammar/commands.ts'
import { type Grammar, makeGrammar, type Understanding } from '../grammar/grammar.ts'
import { acceptFrom, acceptUnheardFrom } from '../speech/acoustics.ts'
import type { ListenerEvent, ListenerOptions } from '../speech/listener.ts'
import type { Speech } from '../speech/speech.ts'

export interface Heard {
  /** What was said, with the arguments as they are written; empty if it was not understood. */
  transcript: string
  /** The nearest sentence that the recogniser knows. */
  guess: string
  /** Per 10 ms frame; speech is taken as heard from −29.5. */
  score: number
  /** Whether somebody spoke at all. */
  speech: boolean
  understanding?: Understanding
}

export type EarsEvent =
  | { type: 'started'; atMs: number }
  | { type: 'stopped'; atMs: number }
  | ({ type: 'heard' } & Heard)
  /** Something was not carried out; what was being heard is lost. */
  | { type: 'failed'; message: string }

/** The ears of one call, for a list of tools. Everything is carried out in the order in which it was asked for. */
export interface Ears {
  /** In force from the next utterance. `ready` rejects if the recogniser refuses the grammar; then the old one stays. */
  setTools(tools: ToolLike[], phrases?: Phrases): { grammar: Grammar; ready: Promise<void> }
  configure(options: ListenerOptions): void
  /** 24 kHz. */
  feed(pcm: Int16Array): void
  commit(): void
  clear(): void
  close(): void
}

/** Shorter noises are coughs and clicks. */
const minimumVoiceMs = 250

export function openEars(speech: Speech, listener: (event: EarsEvent) => void): Ears {
  const grammars = new Map<number, Grammar>()
  let lastGrammar = 0

  const understand = (event: ListenerEvent & { type: 'heard' }): Heard => {
    const { guess, score, grammarId, voicedMs } = event
    for (const id of grammars.keys()) if (id < grammarId) grammars.delete(id)
    const nearest = grammars.get(grammarId)?.hear(guess)
    const needed = nearest?.type === 'unheard' ? acceptUnheardFrom : acceptFrom
    const understanding = score >= needed ? nearest : undefined
    return {
      transcript: understanding?.transcript ?? '',
      guess,
      score,
      speech: understanding !== undefined || voicedMs >= minimumVoiceMs,
      ...(understanding && { understanding }),
    }
  }

  const ears = speech.open((event) => {
    listener(event.type === 'heard' ? { type: 'heard', ...understand(event) } : event)
  })
  return {
    configure: ears.configure,
    feed: ears.feed,
    commit: ears.commit,
    clear: ears.clear,
    close: ears.close,
    setTools(tools, phrases = {}) {
      const grammar = makeGrammar(tools, { phrases })
      const id = ++lastGrammar
      grammars.set(id, grammar)
      return { grammar, ready: ears.setGrammar({ id, jsgf: grammar.jsgf, words: grammar.words }) }
    },
  }
}
