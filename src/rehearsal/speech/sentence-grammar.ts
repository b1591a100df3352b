import { toWords } from './spoken.ts'

interface SentenceGrammar {
  jsgf: string
  words: string[]
  /** The sentence that has these words. */
  find(text: string): string | undefined
}

/** A grammar of whole sentences; a text that is a JSGF grammar already stays as it is. */
export function sentenceGrammar(grammar: string | string[]): SentenceGrammar {
  if (typeof grammar === 'string') {
    const body = grammar
      .replace(/#JSGF[^;]*;|grammar\s[^;]*;|public\s/g, ' ')
      .replace(/<[^>]*>|\/[^/]*\//g, ' ')
    return { jsgf: grammar, words: body.match(/[\w']+/g) ?? [], find: () => undefined }
  }
  const spoken = new Map(grammar.map((sentence) => [toWords(sentence).join(' '), sentence]))
  spoken.delete('')
  if (spoken.size === 0) throw new Error('A grammar needs at least one sentence with words.')
  return {
    jsgf: `#JSGF V1.0;\ngrammar sentences;\npublic <sentence> = ${[...spoken.keys()].join(' | ')};\n`,
    words: [...spoken.keys()].flatMap((sentence) => sentence.split(' ')),
    find: (text) => spoken.get(text),
  }
}
