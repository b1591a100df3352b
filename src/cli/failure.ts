import { messageOf, SwitchboardError } from '../contract/errors.ts'
import { isNeedy, isNotFound, missingPackages } from '../packages.ts'
import { clean } from '../text/text.ts'
import { jsonDocument } from './json-output.ts'

/** A mistake in the command line, in one line. */
export class UsageError extends Error {}

/**
 * 0: as told; 1: something went otherwise; 2: wrong input, nothing was begun; 130: interrupted. Of a call also 3: it may have been
 * done; 4: it was done, and its answer cannot be used.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130

/** Where a command leaves what the process ends with. */
export type Ended = (exitCode: ExitCode) => void

/** One line that says what, where and what to do; with `asDocument` standard output tells it, too, as `{ "error": … }`. */
export function reportFailure(error: unknown, asDocument = false): ExitCode {
  const command = `switchboard ${process.argv[2]}`
  const missing = isNotFound(error) && isNeedy(command) ? missingPackages(command) : undefined
  if (missing) return reportFailure(missing, asDocument)
  const isMistake = error instanceof SwitchboardError || error instanceof UsageError
  const message = clean(messageOf(error))
  if (asDocument) process.stdout.write(jsonDocument({ error: message }))
  process.stderr.write(`switchboard: ${message}\n`)
  if (!isMistake && error instanceof Error && process.env.DEBUG) process.stderr.write(`${error.stack}\n`)
  return isMistake ? 2 : 1
}
