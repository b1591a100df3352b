import { sampleRate } from '../pcm.ts'
import { acceptFrom } from './acoustics.ts'
import type { GrammarText, ListenerEvent, ListenerOptions } from './listener.ts'
import type { OneShot } from './messages.ts'
import { sentenceGrammar } from './sentence-grammar.ts'
import { SpeechThread } from './speech-thread.ts'
import type { Voice } from './voices.ts'
import type { Pcm } from './wav.ts'

export interface SpeechOptions {
  /** Default: `slt`. */
  voice?: Voice
}

export interface Recognition {
  /** The words of the nearest path; empty if there is none. */
  text: string
  /** Per 10 ms frame; accepted from −29.5. */
  score: number
  accepted: boolean
  /** Which of the given sentences it was, if it was accepted. */
  sentence?: string
}

/** The ears of one call. Everything is carried out in the order in which it was asked for. */
export interface CallEars {
  configure(options: ListenerOptions): void
  /** Resolves when the grammar is known; it is in force from the next utterance. */
  setGrammar(grammar: GrammarText): Promise<void>
  /** 24 kHz. The sound is copied. */
  feed(pcm: Int16Array): void
  commit(): void
  clear(): void
  close(): void
}

export interface Speech {
  /** Speech for a text of at most 4,000 characters, at 24 kHz. */
  say(text: string, options?: { voice?: Voice }): Promise<Pcm>
  /** The ears of one call. */
  open(listener: (event: ListenerEvent) => void, options?: Partial<ListenerOptions>): CallEars
  /** Hears one utterance with a JSGF grammar or with a list of whole sentences. Takes the nearest: give wrong ones too. */
  recognize(pcm: Int16Array, sampleRate: number, grammar: string | string[]): Promise<Recognition>
  /** A speech thread died: every later request is refused. Returns the unsubscriber. */
  onFailure(listener: (error: Error) => void): () => void
  /** Ends its threads. */
  close(): Promise<void>
}

const maximumSayLength = 4000
export const defaultListenerOptions: ListenerOptions = { turnDetection: true, silenceMs: 400 }

/** Ears and a mouth, each in a thread of its own. Takes about a second. */
export async function startSpeech({ voice = 'slt' }: SpeechOptions = {}): Promise<Speech> {
  const failureListeners = new Set<(error: Error) => void>()
  const [ears, mouth] = await startThreads((error) => {
    for (const listener of failureListeners) listener(error)
  })
  let lastCall = 0
  return {
    async say(text, options) {
      if (text.length > maximumSayLength) {
        throw new RangeError(`A text to say has at most ${maximumSayLength} characters, not ${text.length}.`)
      }
      const result = await mouth.ask({ op: 'say', text, voice: options?.voice ?? voice })
      return { pcm: 'pcm' in result ? result.pcm : new Int16Array(0), sampleRate }
    },
    open(listener, options) {
      const call = ++lastCall
      ears.listen(call, listener)
      ears.tell({ op: 'open', call, options: { ...defaultListenerOptions, ...options } })
      return callEars(ears, call)
    },
    async recognize(pcm, sampleRate, grammar) {
      const { jsgf, words, find } = sentenceGrammar(grammar)
      const copy = pcm.slice()
      const command: OneShot = { op: 'recognize', pcm: copy, sampleRate, grammar: { jsgf, words } }
      const result = await ears.ask(command, [copy.buffer])
      const { text, score } = 'hypothesis' in result ? result.hypothesis : { text: '', score: -Infinity }
      const accepted = text !== '' && score >= acceptFrom
      const sentence = accepted ? find(text) : undefined
      return { text, score, accepted, ...(sentence !== undefined && { sentence }) }
    },
    onFailure(listener) {
      failureListeners.add(listener)
      return () => failureListeners.delete(listener)
    },
    async close() {
      await Promise.all([ears.stop(), mouth.stop()])
    },
  }
}

async function startThreads(onFailure: (error: Error) => void): Promise<[SpeechThread, SpeechThread]> {
  const starting = [SpeechThread.start('ears', onFailure), SpeechThread.start('mouth', onFailure)] as const
  try {
    return await Promise.all(starting)
  } catch (error) {
    const started = await Promise.allSettled(starting)
    await Promise.all(started.map((thread) => thread.status === 'fulfilled' && thread.value.stop()))
    throw error
  }
}

function callEars(thread: SpeechThread, call: number): CallEars {
  return {
    configure: (options) => thread.tell({ op: 'configure', call, options }),
    async setGrammar(grammar) {
      await thread.ask({ op: 'grammar', call, grammar })
    },
    feed(pcm) {
      const copy = pcm.slice()
      thread.tell({ op: 'feed', call, pcm: copy }, [copy.buffer])
    },
    commit: () => thread.tell({ op: 'commit', call }),
    clear: () => thread.tell({ op: 'clear', call }),
    close() {
      thread.forget(call)
      thread.tell({ op: 'close', call })
    },
  }
}
