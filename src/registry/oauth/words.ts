import { cap, oneLine } from '../../text/text.ts'

const maxCharacters = 200

/** A few words of a stranger's, fit to stand in a sentence. Not for what may repeat a secret of ours. */
export function saidBy(text: string): string {
  return cap(oneLine(text), maxCharacters)
}

/** Codes of RFC 6749, 6750, 7009, 7591 and 8707: only these are repeated, for a stranger's own word could be one of our secrets. */
const knownCodes = new Set([
  'access_denied',
  'insufficient_scope',
  'invalid_client',
  'invalid_client_metadata',
  'invalid_grant',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_scope',
  'invalid_software_statement',
  'invalid_target',
  'invalid_token',
  'server_error',
  'temporarily_unavailable',
  'unapproved_software_statement',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'unsupported_token_type',
])

export function knownCode(code: string): string | undefined {
  return knownCodes.has(code) ? code : undefined
}
