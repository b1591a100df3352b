import { existsSync } from 'node:fs'
import { messageOf } from '../../contract/errors.ts'
import { UsageError } from '../failure.ts'

/** @throws UsageError */
export function requireAgentFile(file: string): void {
  if (existsSync(file)) return
  throw new UsageError(`--agent ${file}: no such file; name the JavaScript file of your agent`)
}

/** In one line. */
export function whyNotLoaded(error: unknown): string {
  const name = error instanceof Error ? `${error.name}: ` : ''
  return `it cannot be loaded (${name}${messageOf(error)}); correct it there`.replace(/\s+/g, ' ')
}

export const endedItsProcess = 'it ended the process that loads it'
