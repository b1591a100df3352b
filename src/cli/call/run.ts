import { text as readAll } from 'node:stream/consumers'
import type { Outcome } from '../../contract/protocol.ts'
import { createSwitchboard, type Switchboard } from '../../switchboard.ts'
import { oneLine } from '../../text/text.ts'
import { chooseConfiguration, tellConfiguration } from '../chosen-configuration.ts'
import { longestConnectTimeout } from '../connect-time.ts'
import type { ExitCode } from '../failure.ts'
import { interruptible } from '../interruption.ts'
import { jsonDocument } from '../json-output.ts'
import { remember } from '../known-functions.ts'
import { StatusLine } from '../status-line.ts'
import { readArguments } from './arguments.ts'
import { OneCall } from './one-call.ts'
import type { CallCommandOptions } from './options.ts'
import { exitCodeOf, failureText } from './report.ts'

/** Nobody's model reads it here. */
const maxTextCharacters = 100_000_000

/** Calls one function, prints its outcome, and leaves no process behind. */
export async function call(options: CallCommandOptions): Promise<ExitCode> {
  const written = await readArguments(options.words, () => readAll(process.stdin))
  const chosen = chooseConfiguration(options.configFile)
  tellConfiguration(chosen)
  const connectTimeoutMs = longestConnectTimeout(chosen.file)
  const { timeoutMs } = options
  const switchboard = createSwitchboard({
    ...{ configFile: chosen.file, maxTextCharacters },
    // Progress must not make it longer than was said.
    ...(timeoutMs === undefined ? {} : { maxCallMs: Math.ceil(timeoutMs) }),
  })
  for (const warning of switchboard.warnings) process.stderr.write(`switchboard: ${oneLine(warning)}\n`)
  const status = new StatusLine()
  const { signal, dispose } = interruptible(() =>
    status.note('cancelling the call (Ctrl+C again to leave at once)'),
  )
  try {
    const around = { switchboard, status, connectTimeoutMs, interrupted: signal }
    const outcome = await new OneCall(options, written, around).outcome()
    print(outcome, options, switchboard)
    remember(chosen.file, switchboard)
    return exitCodeOf(outcome)
  } finally {
    status.end()
    await switchboard.stop()
    dispose()
  }
}

function print(
  outcome: Outcome,
  { json, function: name }: CallCommandOptions,
  switchboard: Switchboard,
): void {
  if (json) process.stdout.write(jsonDocument(outcome))
  else if (outcome.ok) process.stdout.write(outcome.text.endsWith('\n') ? outcome.text : `${outcome.text}\n`)
  if (!outcome.ok) process.stderr.write(failureText(name, outcome, switchboard))
}
