import { z } from 'zod'
import { type Environment, expand, type ReferenceSource } from '../../config/expand.ts'
import type { SealedTarget } from '../../config/sealed-target.ts'
import { minSecretCharacters } from '../../config/secrets.ts'
import { replaceInArguments, replaceInUrl } from '../literal-secrets.ts'

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
  .object({ command: words, args: z.array(z.string()).catch([]), cwd: words, url: words, serverUrl: words })
  .catch({ args: [], command: undefined, cwd: undefined, url: undefined, serverUrl: undefined })

const hidden = '[hidden]'

export function describeEntry(raw: unknown, target: SealedTarget | undefined): EntryWords {
  const { command, args, cwd, serverUrl, url = serverUrl } = entrySchema.parse(raw)
  const secrets: string[] = []
  const hide = (value: string) => {
    if (value.length >= minSecretCharacters) secrets.push(value)
    return hidden
  }
  const shownCommand = command === undefined ? undefined : [command, ...replaceInArguments(args, hide)]
  const shownUrl = url === undefined ? undefined : replaceInUrl(url, hide)
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
