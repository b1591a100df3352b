import type { Attributes } from '@opentelemetry/api'
import type { Mask } from '../config/secrets.ts'
import type { JsonObject, Outcome } from '../contract/protocol.ts'
import { cap, clean, retold, written } from '../text/text.ts'
import { names } from './attributes.ts'

const maxCharacters = 8_000

/** What callers and servers say, as far as spans may tell it. */
export interface Contents {
  ofArguments(args: JsonObject): Attributes
  ofOutcome(outcome: Outcome): Attributes
  /** The words of a failure, which may be the server's own. */
  ofFailure(message: string): string | undefined
}

export const noContents: Contents = {
  ofArguments: () => ({}),
  ofOutcome: () => ({}),
  ofFailure: () => undefined,
}

/** All of it, secrets hidden. */
export function contentsBehind(mask: Mask): Contents {
  const tell = (text: string) => mask(clean(text))
  return {
    ofArguments: (args) => ({
      [names.toolArguments]: cap(written(retold(args, tell)), maxCharacters),
    }),
    ofOutcome: (outcome) =>
      outcome.ok ? { [names.toolResult]: cap(tell(outcome.text), maxCharacters) } : {},
    ofFailure: (message) => cap(tell(message), maxCharacters),
  }
}
