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
  if (token.test(value) || urlWithPassword.test(value) || holdsSecret(value)) return true
  // MAX_TOKENS=4096, but a PASSWORD of digits is one.
  const isCount = /^\d{1,6}$/.test(value) && !/passw|pwd|secret/i.test(name)
  return isSecretName(name) && !isCount
}

/**
 * `--token abc`, `--token=abc`, `API_KEY=abc`, `--header=Authorization: Bearer abc`, tokens by their form, URLs, and what stands
 * within JSON or the line of a shell.
 */
export function replaceInArguments(args: readonly string[], replace: Replace): string[] {
  return args.map((argument, index) => {
    const before = args[index - 1] ?? ''
    const isNamed = before.startsWith('-') && !before.includes('=') && isSecretName(before)
    return isNamed && !argument.startsWith('-')
      ? replaceValue(argument, before, replace)
      : replaceInArgument(argument, replace)
  })
}

function replaceInArgument(argument: string, replace: Replace): string {
  const [, name = '', between = '', value = ''] = /^(-{0,2}[\w.-]+)(=|:\s*)(.+)$/s.exec(argument) ?? []
  if (isSecretName(name)) return name + between + replaceValue(value, name, replace)
  if (name.startsWith('-') && between === '=') return `${name}=${replaceInArgument(value, replace)}`
  if (token.test(argument) || urlWithPassword.test(argument))
    return replaceValue(argument, undefined, replace)
  const isUrl = /^(https?:\/\/|\$\{)/.test(argument)
  return isUrl ? replaceInUrl(argument, replace) : replaceWithin(argument, replace)
}

/** `"apiKey": "abc"` of JSON, and `API_KEY=abc` among other words, as in the line of a shell or a connection string. */
function replaceWithin(text: string, replace: Replace): string {
  const pair = (whole: string, begin: string, name: string, value: string) =>
    isSecret(name, value)
      ? begin + replaceValue(value, name, replace) + whole.slice((begin + value).length)
      : whole
  return text
    .replace(/("([\w.-]+)"\s*:\s*")((?:[^"\\]|\\.)+)"/gs, pair)
    .replace(/(?<![\w.-])(([\w.-]+)=["']?)([^\s"';&,]+)/g, pair)
}

/** As a part of it. */
function holdsSecret(text: string): boolean {
  let isFound = false
  const find: Replace = (value, name) => {
    isFound ||= name === undefined || isSecretName(name)
    return value
  }
  if (/^https?:\/\//.test(text)) replaceInUrl(text, find)
  else replaceWithin(text, find)
  return isFound
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
