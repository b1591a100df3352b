import { callError } from '../contract/errors.ts'
import type { CallError, ErrorCode, JsonObject, Outcome } from '../contract/protocol.ts'

/** What a model has done since the caller last spoke. */
export interface ModelTurn {
  /** Ids of its responses that called something. */
  responses: ReadonlySet<string>
  /** How often in a row a call failed in the same way, by the call's key. */
  failures: ReadonlyMap<string, { code: ErrorCode; times: number }>
}

export const newTurn: ModelTurn = { responses: new Set(), failures: new Map() }

export interface TurnLimits {
  loopStoppedAt: number
  maxToolSteps: number
}

/** Equal for equal arguments, in whatever order their keys are. Nothing where they are nested too deeply to tell. */
export function callKey(functionName: string, args: JsonObject): string | undefined {
  try {
    return `${functionName}\0${JSON.stringify(args, sorted)}`
  } catch {
    return undefined
  }
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Why a model may not make this call, if it may not. */
export function loopError(
  { responses, failures }: ModelTurn,
  call: { functionName: string; key: string | undefined; response: string },
  { loopStoppedAt, maxToolSteps }: TurnLimits,
): CallError | undefined {
  if (!responses.has(call.response) && responses.size >= maxToolSteps) {
    const happened = `I have used tools ${maxToolSteps} times in a row without a word from you.`
    return callError('loop_stopped', 'none', happened)
  }
  const failure = call.key === undefined ? undefined : failures.get(call.key)
  if (failure === undefined || failure.times + 1 < loopStoppedAt) return undefined
  const happened = `${call.functionName} was stopped: it has failed ${failure.times} times in the same way.`
  return callError('loop_stopped', 'none', happened, { cause: failure.code })
}

export function withResponse(turn: ModelTurn, response: string): ModelTurn {
  return turn.responses.has(response) ? turn : { ...turn, responses: new Set([...turn.responses, response]) }
}

export function withOutcome(turn: ModelTurn, key: string | undefined, outcome: Outcome): ModelTurn {
  if (key === undefined) return turn
  const failures = new Map(turn.failures)
  if (outcome.ok) failures.delete(key)
  else {
    const { code } = outcome.error
    // Nothing has failed: the caller is asked, or has stopped it.
    if (code === 'confirmation_required' || code === 'cancelled') return turn
    const known = failures.get(key)
    failures.set(key, { code, times: known?.code === code ? known.times + 1 : 1 })
  }
  return { ...turn, failures }
}
