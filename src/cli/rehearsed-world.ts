import { join, resolve } from 'node:path'
import type { Environment } from '../config/expand.ts'
import { readText } from '../config/text.ts'
import type { ChosenConfiguration } from './chosen-configuration.ts'
import type { Outbox } from './outbox.ts'

/** Where a rehearsal keeps what it makes. */
export const rehearsalFolder = resolve('rehearsal')

/** A rehearsal spends no money and asks nobody outside, whatever is set. */
const ignoredVariables = /^(OPENAI|LIVEKIT|BRAVE|SEARXNG)_/

/** What `${…}` stands for in a rehearsal: mail stays in the outbox, drafts in `folder`. Without an outbox no mail goes out. */
export function rehearsedEnvironment(folder: string, outbox: Outbox | undefined): Environment {
  const inherited = Object.entries(process.env).filter(([name]) => !ignoredVariables.test(name))
  return { ...Object.fromEntries(inherited), SMTP_URL: outbox?.url, DRAFTS_DIR: join(folder, 'drafts') }
}

/** As `packages.ts` calls them. */
export type Extras = '' | ' with an outbox' | ' with the two examples'

/** What a rehearsal of these servers takes beside the agent and the voices. One that is watched may come to send mail. */
export function extrasOf({ file, how }: ChosenConfiguration, watch: boolean): Extras {
  if (how === 'example') return ' with the two examples'
  return watch || speaksOfMail(file) ? ' with an outbox' : ''
}

function speaksOfMail(file: string): boolean {
  try {
    return /\bSMTP_URL\b/.test(readText(file))
  } catch {
    // Whoever reads the servers says what is wrong with it.
    return false
  }
}
