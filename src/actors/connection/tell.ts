import type { ServerDefinition } from '../../config/definition.ts'
import { cap, clean } from '../../text/text.ts'

/** What a stranger says in words: without hidden characters and secrets, and not too long. */
export type Tell = (text: string, maxCharacters: number) => string

/** Of one server. Masked before it is cut: half a secret would not be recognised. */
export function tellOf({ target }: ServerDefinition): Tell {
  return (text, maxCharacters) => cap(target.mask(clean(text)), maxCharacters)
}
