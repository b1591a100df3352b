import { join } from 'node:path'
import type { Environment } from '../config/expand.ts'
import type { Outbox } from './outbox.ts'

/** A rehearsal spends no money and asks nobody outside, whatever is set. */
const ignoredVariables = /^(OPENAI|LIVEKIT|BRAVE|SEARXNG)_/

/** What `${…}` stands for in a rehearsal: mail stays in the outbox, drafts in `folder`. */
export function rehearsedEnvironment(folder: string, outbox: Outbox): Environment {
  const inherited = Object.entries(process.env).filter(([name]) => !ignoredVariables.test(name))
  return { ...Object.fromEntries(inherited), SMTP_URL: outbox.url, DRAFTS_DIR: join(folder, 'drafts') }
}
