import { callError } from '../contract/errors.ts'
import { isObject } from '../contract/json.ts'
import { english } from '../contract/phrases.ts'
import type { Attempt, CallError, JsonObject, ServerState } from '../contract/protocol.ts'
import {
  type Directory,
  type DirectoryEntry,
  isCallable,
  isOnTheWay,
  type Member,
  needsConfirmation,
} from './directory.ts'
import { violation } from './validation.ts'

export type Decision =
  | { kind: 'run'; member: Member }
  /** Nobody can take it now, but somebody is on the way. */
  | { kind: 'wait' }
  | { kind: 'fail'; error: CallError }

export interface RoutingQuestion {
  functionName: string
  /** Who named the resource that is to be read. */
  linkedBy: DirectoryEntry | undefined
  arguments: JsonObject
  /** The caller's yes is there, or not needed. */
  confirmed: boolean
  /** So far: the same connection is not asked twice. */
  attempts: readonly Attempt[]
  /** Those that were asked refused it, for load or because they have no such thing: only another one is worth a wait. */
  wasRefused: boolean
  maxInFlight: number
  maxCalls: number
  now: number
}

/** Who takes the call. Arguments are checked first, then: ready before degraded, priority, fewest in flight. */
export function decide(directory: Directory, question: RoutingQuestion): Decision {
  if (directory.openCalls > question.maxCalls) {
    const { maxCalls } = question
    const happened = `More than ${maxCalls} ${maxCalls === 1 ? 'call is' : 'calls are'} open.`
    const error = callError('overloaded', 'none', happened)
    return { kind: 'fail', error }
  }
  const members = directory.route(question.functionName, question.linkedBy)?.members ?? []
  const [first] = members
  if (!first) return withoutRoute(directory, question)
  const what = `a call of ${question.functionName}`
  const { arguments: args } = question
  // Types do not bind every program.
  const wrong = isObject(args) ? violation(first.tool.inputSchema, args, what) : 'an object is needed'
  if (wrong !== undefined) {
    const happened = `The arguments of ${question.functionName} do not fit its schema: ${wrong}.`
    return { kind: 'fail', error: callError('invalid_arguments', 'none', happened) }
  }

  const open = members.filter(({ entry }) => isCallable(entry.report.state))
  const untried = open.filter((member) => !wasTried(member, question.attempts))
  const [best] = untried
    .filter(({ entry }) => entry.inFlight.size < (entry.options.maxInFlight ?? question.maxInFlight))
    .sort((a, b) => preference(a.entry, b.entry))
  if (best) {
    if (!question.confirmed && needsConfirmation(best)) return { kind: 'fail', error: unconfirmed(question) }
    return { kind: 'run', member: best }
  }
  if (untried.length > 0) {
    const happened = `Too many calls are in flight at ${list(untried.map(({ entry }) => entry))}.`
    return { kind: 'fail', error: callError('overloaded', 'none', happened) }
  }

  const entries = members.map(({ entry }) => entry)
  const mayReturn = open.length > 0 && !question.wasRefused
  if (mayReturn || entries.some(({ report }) => isOnTheWay(report.state))) return { kind: 'wait' }
  return { kind: 'fail', error: unavailable(directory, question, question.now) }
}

function wasTried({ entry: { report } }: Member, attempts: readonly Attempt[]): boolean {
  return attempts.some(({ server, generation }) => server === report.name && generation === report.generation)
}

/** A question to the caller in the place of what happened: nothing did. */
function unconfirmed({ functionName, arguments: args }: RoutingQuestion): CallError {
  const message = english.confirm({ function: functionName, arguments: args })
  return { code: 'confirmation_required', effect: 'none', message }
}

/** Why nobody takes the call: the states of the servers behind it, since when, and what comes next. */
export function unavailable(
  directory: Directory,
  { functionName, linkedBy }: Pick<RoutingQuestion, 'functionName' | 'linkedBy'>,
  now: number,
): CallError {
  const route = directory.route(functionName, linkedBy)
  const entries = route
    ? route.members.map(({ entry }) => entry)
    : directory.entries().filter(({ report }) => !report.listed)
  const { problem } = directory
  // One of the servers that are not known may offer it.
  if (!route && problem !== undefined) {
    return callError('server_unavailable', 'none', `${functionName} is not known, and ${problem}.`)
  }
  if (entries.length === 0) {
    return callError('unknown_function', 'none', `No server offers a function named ${functionName}.`)
  }
  const words = ({ report }: DirectoryEntry) => report.lastError ?? report.state
  const named = (entry: DirectoryEntry) => `${entry.report.name}: ${words(entry)}`
  const cause = entries.map(entries.length > 1 ? named : words).join('; ')
  const unknown = route ? '' : `${functionName} is not known, and `
  if (entries.every(({ report }) => report.state === 'failed')) {
    return callError('server_failed', 'none', `${unknown}${list(entries)} cannot work.`, { cause })
  }
  const refusing = entries.filter(({ report }) => report.state === 'unauthorized')
  if (entries.every((entry) => entry.report.state === 'failed' || refusing.includes(entry))) {
    const signInUrl = refusing.find(({ report }) => report.signInUrl !== undefined)?.report.signInUrl
    const happened = `${unknown}${refused(list(refusing), refusing.length, signInUrl)}`
    return callError('unauthorized', 'none', happened, { cause, signInUrl })
  }
  const nextAttempts = entries.flatMap(({ report }) => report.nextAttemptAt ?? [])
  const retryAfterMs = nextAttempts.length > 0 ? Math.max(0, Math.min(...nextAttempts) - now) : undefined
  const states = entries.map(({ report }) => describe(report.name, report.state, report.since, now))
  const listed = entries.length === 1 ? 'has not listed its tools' : 'have not listed their tools'
  const happened = route
    ? `${functionName} is not available: ${states.join(', ')}.`
    : `${functionName} is not known yet: ${states.join(', ')}, and ${listed}.`
  return callError('server_unavailable', 'none', happened, { cause, retryAfterMs })
}

function refused(who: string, count: number, signInUrl: string | undefined): string {
  if (signInUrl === undefined) return `${who} refused our credentials.`
  return `${who} ${count === 1 ? 'needs' : 'need'} a sign-in first.`
}

/** Why nothing can be read from a server now. */
export function unreadable({ report }: DirectoryEntry, now: number): CallError {
  const { name, state, since, lastError, signInUrl, nextAttemptAt } = report
  const cause = lastError ?? state
  if (state === 'failed') return callError('server_failed', 'none', `${name} cannot work.`, { cause })
  if (state === 'unauthorized')
    return callError('unauthorized', 'none', refused(name, 1, signInUrl), { cause, signInUrl })
  const retryAfterMs = nextAttemptAt === undefined ? undefined : Math.max(0, nextAttemptAt - now)
  const happened = `${describe(name, state, since, now)}.`
  return callError('server_unavailable', 'none', happened, { cause, retryAfterMs })
}

/** One spoken line a server. */
export function describe(name: string, state: ServerState, since: number, now: number): string {
  return `${name} is ${state} since ${inSeconds(now - since)}`
}

export function inSeconds(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
}

function withoutRoute(directory: Directory, question: RoutingQuestion): Decision {
  const unlisted = directory.entries().filter(({ report }) => !report.listed)
  if (unlisted.some(({ report }) => isOnTheWay(report.state))) return { kind: 'wait' }
  return { kind: 'fail', error: unavailable(directory, question, question.now) }
}

function preference(a: DirectoryEntry, b: DirectoryEntry): number {
  const readiness = Number(b.report.state === 'ready') - Number(a.report.state === 'ready')
  return readiness || b.options.priority - a.options.priority || a.inFlight.size - b.inFlight.size
}

function list(entries: DirectoryEntry[]): string {
  return entries.map(({ report }) => report.name).join(' and ')
}
