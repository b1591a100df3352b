import { z } from 'zod'
import { type Environment, expand, type ReferenceSource } from '../../config/expand.ts'
import type { SealedTarget } from '../../config/sealed-target.ts'

/** What is printed of an entry: the file's own words, without what may be a secret. */
export interface EntryWords {
  command?: string[]
  folder?: string
  url?: string
  /** For what a server or the system says. */
  mask(text: string): string
}

const words = z.string().optional().catch(undefined)
const entrySchema = z
  .object({ command: words, args: z.array(z.string()).catch([]), cwd: words, url: words })
  .catch({ args: [], command: undefined, cwd: undefined, url: undefined })

const hidden = '[hidden]'
const secretName = /key|token|secret|passw|credential|auth/i
/** Shorter ones stand in many words. */
const minSecretCharacters = 6

export function describeEntry(raw: unknown, target: SealedTarget | undefined): EntryWords {
  const { command, args, cwd, url } = entrySchema.parse(raw)
  const secrets: string[] = []
  const hide = (value: string) => {
    // A reference to a variable is no value.
    if (value.includes('${')) return value
    if (value.length >= minSecretCharacters) secrets.push(value)
    return hidden
  }
  const shownCommand = command === undefined ? undefined : [command, ...hideInArguments(args, hide)]
  const shownUrl = url === undefined ? undefined : hideInUrl(url, hide)
  return {
    ...(shownCommand === undefined ? {} : { command: shownCommand }),
    ...(cwd === undefined ? {} : { folder: cwd }),
    ...(shownUrl === undefined ? {} : { url: shownUrl }),
    mask: (text) =>
      secrets.reduce((left, secret) => left.replaceAll(secret, hidden), target?.mask(text) ?? text),
  }
}

/** As its process is started; only of an entry without a problem. @throws ReferenceProblem */
export function commandLine(raw: unknown, environment: Environment, source: ReferenceSource): string[] {
  const { command, args } = entrySchema.parse(raw)
  const expanded = (text: string) => expand(text, environment, 'command', undefined, source)
  return command === undefined ? [] : [command, ...args].map(expanded)
}

/** `--token abc`, `--token=abc`, `API_KEY=abc`, `Authorization: Bearer abc`, and URLs. */
function hideInArguments(args: readonly string[], hide: (value: string) => string): string[] {
  return args.map((argument, index) => {
    const [, name = '', value = ''] = /^(-{0,2}[\w.-]+(?:=|:\s*))(.+)$/s.exec(argument) ?? []
    if (secretName.test(name)) return name + hide(value)
    const before = args[index - 1] ?? ''
    const isNamed = before.startsWith('-') && !before.includes('=') && secretName.test(before)
    if (isNamed && !argument.startsWith('-')) return hide(argument)
    return /^(https?:\/\/|\$\{)/.test(argument) ? hideInUrl(argument, hide) : argument
  })
}

/**
 * User and password, the values of the query, the fragment, and long parts of the path with a digit: some hosts put the
 * key there.
 */
function hideInUrl(text: string, hide: (value: string) => string): string {
  return text
    .replace(/(?<=\/\/)[^/?#@]+(?=@)/, hide)
    .replace(/(?<=[?&][^=&#]*=)[^&#]+/g, hide)
    .replace(/(?<=[^/]\/)[^/?#]{16,}/g, (part) => (/\d/.test(part) ? hide(part) : part))
    .replace(/(?<=#).+$/s, hide)
}
