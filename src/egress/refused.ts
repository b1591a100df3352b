import { cap } from '../text/text.ts'

const maxHostCharacters = 100
/** How many errors may stand one within another. */
const maxDepth = 8

/** A request that may not be made. Nothing of it has left. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused'
  readonly code = 'EGRESS_REFUSED'
  readonly host: string

  constructor(
    host: string,
    /** To follow "it". */
    readonly reason: string,
  ) {
    const shown = cap(host, maxHostCharacters)
    super(`${shown} may not be asked: it ${reason}`)
    this.host = shown
  }
}

/** The refusal behind an error, such as undici's `fetch failed`. */
export function refusalIn(error: unknown, depth = maxDepth): EgressRefused | undefined {
  if (error instanceof EgressRefused) return error
  if (!(error instanceof Error) || depth === 0) return undefined
  return refusalIn(error.cause, depth - 1)
}
