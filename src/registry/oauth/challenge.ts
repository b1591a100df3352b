import { scopesIn } from './scopes.ts'

/** What a server says when it refuses a request: RFC 6750, 3, and RFC 9728, 5.1. */
export interface BearerChallenge {
  resourceMetadata: string | undefined
  scopes: string[]
  error: string | undefined
}

const maxCharacters = 4_000
/** A scheme, or a parameter with its value (RFC 9110, 11.2), each from its first character on; anything else is skipped. */
const pieces =
  /(?<![!#$%&'*+.^_`|~\w-])(?:([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))|([!#$%&'*+.^_`|~\w-]+)(?=[ \t,]|$))/g

/** The first challenge of the scheme Bearer, of one header or several joined by commas. */
export function bearerChallenge(header: string | null | undefined): BearerChallenge | undefined {
  const parameters = new Map<string, string>()
  let isBearer = false
  let isFound = false
  for (const [, name, quoted, plain, scheme] of (header ?? '').slice(0, maxCharacters).matchAll(pieces)) {
    if (scheme !== undefined) {
      if (isFound) break
      isBearer = scheme.toLowerCase() === 'bearer'
      isFound = isBearer
    } else if (isBearer && name !== undefined && !parameters.has(name.toLowerCase()))
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  }
  if (!isFound) return undefined
  return {
    resourceMetadata: parameters.get('resource_metadata'),
    scopes: scopesIn(parameters.get('scope')),
    error: parameters.get('error'),
  }
}
