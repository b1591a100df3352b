/** What of an entry is written out and may be a secret, though nothing says so. */

/** What stands instead of a secret. `name`: the option, variable, parameter or header that it is the value of, if there is one. */
export type Replace = (secret: string, name?: string) => string

const secretName = /key|token|secret|passw|pwd|credential|auth|cookie|session|(^|[-_])pat$/i
const placeName = /(file|path|dir|folder|home|_credentials)$/i
/** Of well-known issuers, and JSON Web Tokens. */
const token =
  /^((sk|pk|rk|gh[opsu]|glpat|xox[abps]|AIza|ya29|hf|npm|lin_api|secret)[-_.]?|github_pat_|eyJ)[\w.-]{16,}$/
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i

export function isSecretName(name: string): boolean {
  return secretName.test(name) && !placeName.test(name)
}

/** Whether the value of a variable or a header is a secret. Rather one too many. */
export function isSecret(name: string, value: string): boolean {
  const isReference = value.includes('${')
  if (isReference || value === '' || /^(true|false|yes|no|on|off)$/i.test(value)) return false
  if (token.test(value) || urlWithPassword.test(value)) return true
  // MAX_TOKENS=4096, but a PASSWORD of digits is one.
  const isCount = /^\d{1,6}$/.test(value) && !/passw|pwd|secret/i.test(name)
  return isSecretName(name) && !isCount
}

/** `--token abc`, `--token=abc`, `API_KEY=abc`, `Authorization: Bearer abc`, tokens by their form, and URLs. */
export function replaceInArguments(args: readonly string[], replace: Replace): string[] {
  return args.map((argument, index) => {
    const [, name = '', between = '', value = ''] = /^(-{0,2}[\w.-]+)(=|:\s*)(.+)$/s.exec(argument) ?? []
    if (isSecretName(name)) return name + between + replaceValue(value, name, replace)
    const before = args[index - 1] ?? ''
    const isNamed = before.startsWith('-') && !before.includes('=') && isSecretName(before)
    if (isNamed && !argument.startsWith('-')) return replaceValue(argument, before, replace)
    if (token.test(argument) || urlWithPassword.test(argument))
      return replaceValue(argument, undefined, replace)
    return /^(https?:\/\/|\$\{)/.test(argument) ? replaceInUrl(argument, replace) : argument
  })
}

/**
 * User and password, the values of the query, the fragment, and long parts of the path with a digit: some hosts put the
 * key there.
 */
export function replaceInUrl(text: string, replace: Replace): string {
  const one = (value: string) => replaceValue(value, undefined, replace)
  return text
    .replace(/(?<=\/\/)[^/?#@]+(?=@)/, one)
    .replace(/(?<=[?&]([^=&#]*)=)[^&#]+/g, (value, name: string) => replaceValue(value, name, replace))
    .replace(/(?<=[^/]\/)[^/?#]{16,}/g, (part) => (/\d/.test(part) ? one(part) : part))
    .replace(/(?<=#).+$/s, one)
}

/** A reference to a variable is no value. */
function replaceValue(value: string, name: string | undefined, replace: Replace): string {
  return value.includes('${') ? value : replace(value, name)
}
