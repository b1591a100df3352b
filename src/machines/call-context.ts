import { callError, harmless } from '../contract/errors.ts'
import { longestTimerMs, type Policy } from '../contract/policy.ts'
import type {
  Attempt,
  CallError,
  ContentBlock,
  ErrorCode,
  JsonObject,
  Outcome,
  QuestionAnswer,
} from '../contract/protocol.ts'
import { readable } from '../text/readable.ts'
import { type CallQuestions, noQuestions } from './call-questions.ts'
import { type Directory, type DirectoryEntry, isCallable, type Member } from './directory.ts'
import type { CallNews, CallReport, Receiver, ServerCommand } from './messages.ts'
import { isReading, readResource } from './resource-reading.ts'
import { type Decision, decide, describe, inSeconds, unavailable } from './routing.ts'
import { statusText, toolStatus } from './tool-status.ts'
import { violation } from './validation.ts'

export interface CallInput {
  callId: string
  functionName: string
  /** Who named the resource that is to be read. */
  linkedBy?: DirectoryEntry | undefined
  arguments: JsonObject
  timeoutMs: number | undefined
  /** The caller's yes is there, or not needed. */
  confirmed?: boolean | undefined
  directory: Directory
  policy: Policy
  now: () => number
  conversation: Receiver<CallReport>
}

/** Fewer than 20 fields, as every context: each change copies them all, and from there on slowly (docs/decisions/0016). */
export interface CallContext extends CallQuestions {
  input: CallInput
  startedAt: number
  timeoutMs: number
  deadlineAt: number
  /** What progress may extend the deadline to. */
  lastDeadlineAt: number
  patienceEndsAt: number | undefined
  decision: Decision | { kind: 'answer'; text: string }
  attempts: Attempt[]
  member: Member | undefined
  /** The actor that has it; a successor may stand in its entry by now. */
  server: Receiver<ServerCommand> | undefined
  sent: boolean
  /** Of an earlier attempt that may have done something; a later failure must not hide it. */
  doubt: CallError | undefined
  /** The last attempt's failure that permits another one. */
  refusal: CallError | undefined
  outcome: Outcome | undefined
}

export type CallEvent =
  | CallNews
  | { type: 'cancel' }
  /** The caller speaks: what only reads is cancelled. */
  | { type: 'interrupt' }
  /** The caller's, to a question. */
  | { type: 'question.answer'; questionId: string; answer: QuestionAnswer }
  | { type: 'directory.changed' }
  | { type: 'deadline.passed' }

export function initialCall(input: CallInput): CallContext {
  const startedAt = input.now()
  return {
    input,
    ...noQuestions,
    startedAt,
    ...timesFrom(startedAt, timeoutFor(input), input.policy),
    patienceEndsAt: undefined,
    decision: { kind: 'wait' },
    attempts: [],
    member: undefined,
    server: undefined,
    sent: false,
    doubt: undefined,
    refusal: undefined,
    outcome: undefined,
  }
}

function timesFrom(startedAt: number, timeoutMs: number, { maxCallMs }: Policy) {
  return {
    timeoutMs,
    deadlineAt: startedAt + timeoutMs,
    lastDeadlineAt: startedAt + Math.max(maxCallMs, timeoutMs),
  }
}

function timeoutFor({ timeoutMs, directory, functionName, policy }: CallInput): number {
  const member = directory.route(functionName)?.members[0]
  const configuredMs = member && (optionsOf(member)?.timeoutMs ?? member.entry.options.callTimeoutMs)
  return Math.min(timeoutMs ?? configuredMs ?? policy.callTimeoutMs, longestTimerMs)
}

/** What changes of its times: a function may become known, with a time of its own, while its call waits. */
export function retimed(context: CallContext): Partial<CallContext> | undefined {
  const timeoutMs = timeoutFor(context.input)
  if (context.attempts.length > 0 || timeoutMs === context.timeoutMs) return undefined
  return timesFrom(context.startedAt, timeoutMs, context.input.policy)
}

/** Who takes it, or what else becomes of it. */
export function routed(context: CallContext): Partial<CallContext> {
  const decision = decideFor(context)
  return decision.kind === 'run' ? { decision, ...begin(context, decision.member) } : { decision }
}

function decideFor(context: CallContext): CallContext['decision'] {
  const { attempts, deadlineAt, input } = context
  const { directory, functionName, policy, linkedBy, confirmed = false } = input
  const now = input.now()
  if (functionName === toolStatus.name) return { kind: 'answer', text: statusText(directory, now) }
  if (now >= deadlineAt) return { kind: 'fail', error: tooLate(context) }
  return decide(directory, {
    functionName,
    linkedBy,
    arguments: input.arguments,
    confirmed,
    attempts,
    wasRefused: context.refusal?.code === 'overloaded' || context.refusal?.code === 'invalid_arguments',
    maxInFlight: policy.maxInFlight,
    maxCalls: policy.maxCalls,
    now,
  })
}

/** Whether a second execution would change nothing, on the word of somebody that the configuration trusts. */
export function isRepeatable(member: Member): boolean {
  const { entry, tool } = member
  // It has tried again itself.
  if (entry.options.proxy) return false
  if (isReading(tool)) return true
  const options = optionsOf(member)
  const hints = entry.options.trustAnnotations ? tool.annotations : {}
  return Boolean((options?.readOnly ?? hints.readOnlyHint) || (options?.idempotent ?? hints.idempotentHint))
}

/** Of a call that still waits, by whoever offers its function. */
export function onlyReads({ member, input: { directory, functionName, linkedBy } }: CallContext): boolean {
  const members = member ? [member] : (directory.route(functionName, linkedBy)?.members ?? [])
  return members.length > 0 && members.every(isReadOnly)
}

function isReadOnly(member: Member): boolean {
  return Boolean(optionsOf(member)?.readOnly ?? member.tool.annotations.readOnlyHint)
}

function optionsOf({ entry, tool }: Member) {
  return entry.options.tools[tool.name]
}

export function isSame(context: CallContext, event: { server: string; generation: number }): boolean {
  const attempt = context.attempts.at(-1)
  return attempt?.server === event.server && attempt.generation === event.generation
}

function begin(context: CallContext, member: Member): Partial<CallContext> {
  const { name, generation } = member.entry.report
  return {
    member,
    server: member.entry.server,
    sent: false,
    patienceEndsAt: undefined,
    attempts: [...context.attempts, { server: name, generation }],
  }
}

/** The attempts, the last with its code. */
function closed(attempts: Attempt[], code: ErrorCode | 'ok'): Attempt[] {
  const last = attempts.at(-1)
  if (!last || last.code !== undefined) return attempts
  const { server, generation } = last
  return [...attempts.slice(0, -1), { server, generation, code }]
}

export function note(context: CallContext, error: CallError): Partial<CallContext> {
  return {
    attempts: closed(context.attempts, error.code),
    member: undefined,
    server: undefined,
    sent: false,
    questions: [],
    refusal: error,
    doubt: error.effect === 'none' ? context.doubt : error,
  }
}

export function answered(context: CallContext, content: ContentBlock[], structured?: unknown): Outcome {
  const { callId, policy, now } = context.input
  const attempts = closed(context.attempts, 'ok')
  return {
    ok: true,
    callId,
    server: attempts.at(-1)?.server ?? 'switchboard',
    content,
    ...(structured === undefined ? {} : { structured }),
    text: readable(content, structured, policy.maxTextCharacters),
    attempts,
    durationMs: now() - context.startedAt,
  }
}

export function failed(context: CallContext, error: CallError): Outcome {
  const { doubt, startedAt, input } = context
  const { callId, functionName, now } = input
  const said = error.effect === 'none' && doubt !== undefined ? doubt : error
  const attempts = closed(context.attempts, error.code)
  const server = attempts.at(-1)?.server
  return {
    ok: false,
    callId,
    ...(server === undefined ? {} : { server }),
    error: functionName === readResource.name ? harmless(said) : said,
    attempts,
    durationMs: now() - startedAt,
  }
}

export function cancelled({ input, sent }: CallContext): CallError {
  return callError('cancelled', sent ? 'unknown' : 'none', `${input.functionName} was cancelled.`)
}

/** How a call ends whose time or patience is over. */
export function tooLate(context: CallContext): CallError {
  const { sent, startedAt, input } = context
  if (!sent) return context.refusal ?? unsent(context)
  const happened = `${input.functionName} had no answer after ${inSeconds(input.now() - startedAt)}.`
  return callError('timed_out', 'unknown', happened)
}

/** That a server which could take it is there explains nothing. */
function unsent({ startedAt, input }: CallContext): CallError {
  const { directory, functionName, linkedBy, now } = input
  const members = directory.route(functionName, linkedBy)?.members ?? []
  const callable = members.filter(({ entry }) => isCallable(entry.report.state))
  if (callable.length === 0) return unavailable(directory, { functionName, linkedBy }, now())
  const states = callable.map(({ entry: { report } }) =>
    describe(report.name, report.state, report.since, now()),
  )
  const within = inSeconds(now() - startedAt)
  const happened = `${functionName} was not sent within ${within}, although ${states.join(' and ')}.`
  return callError('server_unavailable', 'none', happened)
}

/** How a call ends whose actor threw. What its server was given may run, whatever is known here. */
export function broken(context: CallContext, cause: string): Outcome {
  const effect = context.server || context.doubt ? 'unknown' : 'none'
  const happened = `${context.input.functionName} ended by a fault of this program.`
  return failed(context, callError('connection_lost', effect, happened, { cause }))
}

/** Its server gets the place back, and hears that nobody waits. */
export function letGo({ input: { callId }, member, server }: CallContext): void {
  member?.entry.inFlight.delete(callId)
  server?.send({ type: 'call.cancel', callId, reason: 'cancelled' })
}

/** What breaks the tool's own output schema, if anything (MCP 2026-07-28, "Output Schema"). */
export function resultViolation(context: CallContext, structured: unknown): CallError | undefined {
  const schema = context.member?.tool.outputSchema
  if (schema === undefined) return undefined
  const { functionName } = context.input
  const what = `the answer of ${functionName}`
  const wrong =
    structured === undefined ? 'it has no structured content' : violation(schema, structured, what)
  if (wrong === undefined) return undefined
  const happened = `The answer of ${functionName} does not fit its own schema: ${wrong}.`
  return callError('invalid_result', 'done', happened)
}
