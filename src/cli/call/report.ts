import type { CallError, FunctionInfo, Outcome } from '../../contract/protocol.ts'
import type { Switchboard } from '../../switchboard.ts'
import { nearest } from '../../text/nearest.ts'
import { clean, oneLine } from '../../text/text.ts'
import type { ExitCode } from '../failure.ts'
import { paintFor } from '../paint.ts'
import { parametersOf } from '../parameters.ts'

type Failure = Extract<Outcome, { ok: false }>

const exitCodes = { none: 1, unknown: 3, done: 4 } as const

export function exitCodeOf(outcome: Outcome): ExitCode {
  if (outcome.ok) return 0
  const { code, effect } = outcome.error
  return code === 'cancelled' ? 130 : exitCodes[effect]
}

/** What happened, whether anything was done, what the server or the system said, and what to do. */
export function failureText(
  name: string,
  failure: Failure,
  { functions }: Pick<Switchboard, 'functions'>,
): string {
  const paint = paintFor(process.stderr)
  const { code, effect, message, cause, signInUrl } = failure.error
  const at = failure.server === undefined ? '' : ` at ${oneLine(failure.server)}`
  const lines = [
    `switchboard: ${paint('red', code)}, effect ${effect}${at}: ${clean(message).trim()}`,
    ...(cause === undefined ? [] : [`  cause     ${oneLine(cause)}`]),
    ...(signInUrl === undefined ? [] : [`  sign in   ${oneLine(signInUrl)}`]),
    ...adviceOn(name, failure.error, functions).map(
      (text, index) => `  ${index === 0 ? 'help' : '    '}      ${text}`,
    ),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

const lookFirst = 'look whether it was done before you call again'

function adviceOn(name: string, error: CallError, functions: readonly FunctionInfo[]): string[] {
  const { code, effect, retryAfterMs, signInUrl } = error
  switch (code) {
    case 'unknown_function': {
      const guess = nearest(
        name,
        functions.map((one) => one.name),
      ).replace(/^; /, '')
      return [guess === '' ? '`switchboard list` says which functions there are' : guess]
    }
    case 'invalid_arguments': {
      const schema = functions.find((one) => one.name === name)?.inputSchema
      const takes = schema === undefined ? [] : parametersOf(schema)
      return takes.map((one) => `${one.name}: ${one.type}${one.isRequired ? ', required' : ''}`)
    }
    case 'server_unavailable':
    case 'overloaded': {
      const when = retryAfterMs === undefined ? '' : ` in ${Math.ceil(retryAfterMs / 1_000)} s`
      return [`try again${when}; \`switchboard doctor\` says what is wrong`]
    }
    case 'server_failed':
      return ['`switchboard doctor` says what is wrong, and what would help']
    case 'unauthorized':
      return [
        signInUrl === undefined ? 'put credentials into the configuration' : 'sign in there, and call again',
      ]
    case 'confirmation_required':
      return ['say yes with --yes; in a terminal you are asked']
    case 'timed_out':
      return [`${lookFirst}; --timeout gives it longer`]
    case 'invalid_result':
      return ['do not call again: it was done; its answer is for the server to mend']
    default:
      return effect === 'none' ? [] : [lookFirst]
  }
}
