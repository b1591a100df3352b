import type { CallError, FunctionInfo, Outcome, ServerStatus } from '../../contract/protocol.ts'
import type { Switchboard } from '../../switchboard.ts'
import { nearest } from '../../text/nearest.ts'
import { clean, oneLine } from '../../text/text.ts'
import type { ExitCode } from '../failure.ts'
import { missingPackage } from '../missing-package.ts'
import { paintFor } from '../paint.ts'
import { parametersOf } from '../parameters.ts'

type Failure = Extract<Outcome, { ok: false }>
type Known = Pick<Switchboard, 'functions' | 'servers' | 'details'>

const exitCodes = { none: 1, unknown: 3, done: 4 } as const

export function exitCodeOf(outcome: Outcome): ExitCode {
  if (outcome.ok) return 0
  const { code, effect } = outcome.error
  return code === 'cancelled' ? 130 : exitCodes[effect]
}

/** What happened, whether anything was done, what the server or the system said, and what to do. */
export function failureText(name: string, failure: Failure, known: Known): string {
  const paint = paintFor(process.stderr)
  const { code, effect, message, cause, signInUrl } = failure.error
  const at = failure.server === undefined ? '' : ` at ${oneLine(failure.server)}`
  const away = serversAway(name, failure, known)
  const causes = away.length > 0 ? away.map(({ name, lastError }) => `${name}: ${lastError}`) : [cause ?? '']
  const lines = [
    `switchboard: ${paint('red', code)}, effect ${effect}${at}: ${clean(message).trim()}`,
    ...row('cause', causes),
    ...row('sign in', [signInUrl ?? '']),
    ...row('help', adviceOn(name, failure.error, known, away)),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function row(label: string, texts: readonly string[]): string[] {
  const shown = texts.filter((text) => text !== '')
  return shown.map((text, index) => `  ${(index === 0 ? label : '').padEnd(10)}${oneLine(text)}`)
}

/** Those that have, or may have, the function, and cannot take a call. */
function serversAway(name: string, { error }: Failure, { functions, servers }: Known): ServerStatus[] {
  if (error.code !== 'server_unavailable' && error.code !== 'server_failed') return []
  const own = functions.find((one) => one.name === name)?.servers
  const asked = servers.filter((server) => own?.includes(server.name) ?? !server.listed)
  return asked.filter(({ state, lastError }) => state !== 'ready' && lastError !== undefined)
}

const lookFirst = 'look whether it was done before you call again'

function adviceOn(
  name: string,
  { code, effect, retryAfterMs, signInUrl }: CallError,
  known: Known,
  away: readonly ServerStatus[],
): string[] {
  const { functions } = known
  switch (code) {
    case 'unknown_function':
      return [meant(name, functions) || '`switchboard list` says which functions there are']
    case 'invalid_arguments': {
      const schema = functions.find((one) => one.name === name)?.inputSchema
      const takes = schema === undefined ? [] : parametersOf(schema)
      return takes.map((one) => `${one.name}: ${one.type}${one.isRequired ? ', required' : ''}`)
    }
    case 'server_unavailable':
    case 'server_failed':
    case 'overloaded': {
      const packages = away.flatMap((server) => packageFor(server) ?? [])
      if (packages.length > 0) return packages
      // A process that does not start is started anew by the next command, to the same end.
      const isHopeless = code === 'server_failed' || (away.length > 0 && away.every(neverStarted))
      const when = retryAfterMs === undefined ? '' : ` in ${Math.ceil(retryAfterMs / 1_000)} s`
      return [`${isHopeless ? '' : `try again${when}; `}\`switchboard doctor\` says what is wrong`]
    }
    case 'unauthorized':
      return [
        signInUrl === undefined ? 'put credentials into the configuration' : 'sign in there, and call again',
      ]
    case 'confirmation_required':
      return ['say yes with --yes; in a terminal you are asked']
    case 'invalid_result':
      return ['do not call again: it was done; its answer is for the server to mend']
    default: {
      if (effect === 'none') return []
      const isHarmless = known.details(name)?.annotations.readOnlyHint === true
      const first = isHarmless ? 'it is said to only read (readOnlyHint), so you can call again' : lookFirst
      return [code === 'timed_out' ? `${first}; --timeout gives it longer` : first]
    }
  }
}

/** Also of a name with its server before it, as other clients show them: `notes.tell_time`, `notes__tell_time`. */
function meant(name: string, functions: readonly FunctionInfo[]): string {
  const names = functions.map((one) => one.name)
  const [, own = name] = /(?:__|[.:/])(\w[\w-]*)$/.exec(name) ?? []
  return (nearest(name, names) || nearest(own, names)).replace(/^; /, '')
}

function packageFor({ name, stderr = '', lastError = '' }: ServerStatus): string | undefined {
  const help = missingPackage([...stderr.split('\n'), lastError])
  return help && `${name}: ${help}`
}

function neverStarted({ transport, listed }: ServerStatus): boolean {
  return transport === 'stdio' && !listed
}
