import { checkUrl } from '../../egress/check-url.ts'
import type { OAuthParts } from './parts.ts'
import { saidBy } from './words.ts'

/** Why a URL that somebody names may not be asked, in a sentence. */
export function urlProblem(
  { egress }: Pick<OAuthParts, 'egress'>,
  name: string,
  value: string,
): string | undefined {
  if (!URL.canParse(value)) return `${name} is no URL.`
  const problem = checkUrl(new URL(value), egress)
  return problem === undefined ? undefined : `${name} ${problem}: ${saidBy(value)}`
}
