import { oneLine } from '../../text/text.ts'

/** A word that a shell offers. */
export interface Suggestion {
  value: string
  description: string
}

const maxDescriptionCharacters = 100

export function suggestion(value: string, description = ''): Suggestion {
  return { value, description: oneLine(description).slice(0, maxDescriptionCharacters) }
}
