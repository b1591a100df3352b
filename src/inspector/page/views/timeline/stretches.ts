import type { CallView, ConversationMark, ServerView } from '../../../wire.ts'

export type CallStretchKind = 'waiting' | 'tried' | 'running' | 'asking' | 'answered' | 'failed'

export interface CallStretch {
  kind: CallStretchKind
  from: number
  until: number
}

/** A call's life in order: waiting, and what each attempt led to. `tried`: one that did not decide the call. */
export function callStretches(call: CallView, now: number): CallStretch[] {
  const endsAt = call.endedAt ?? now
  const found: CallStretch[] = []
  let since = call.startedAt
  const add = (kind: CallStretchKind, until: number) => {
    if (until > since) found.push({ kind, from: since, until })
    since = until
  }
  const attempts = sentAttempts(call)
  for (const [index, { at, code }] of attempts.entries()) {
    const next = attempts[index + 1]
    if (index === 0) add('waiting', at)
    if (next) add('tried', next.at)
    else add(code !== undefined && code !== call.code ? 'tried' : call.state, endsAt)
  }
  add('waiting', endsAt)
  return found
}

/** Those that went out. */
function sentAttempts({
  attempts,
  sentAt,
  code,
}: CallView): { at: number; code?: CallView['code'] | undefined }[] {
  const sent = attempts.flatMap(({ at, ...attempt }) => (at === undefined ? [] : [{ ...attempt, at }]))
  return sent.length > 0 || sentAt === undefined ? sent : [{ at: sentAt, code }]
}

export interface ServerStretch {
  state: ServerView['states'][number]['state']
  from: number
  until: number
}

/** Its states between two times, in order. */
export function serverStretches(states: ServerView['states'], from: number, until: number): ServerStretch[] {
  return states.flatMap(({ at, state }, index) => {
    const end = states[index + 1]?.at ?? Number.POSITIVE_INFINITY
    return end <= from || at >= until ? [] : [{ state, from: at, until: Math.min(end, until) }]
  })
}

/** Whether it was nothing but ready in this time. */
export function isQuiet({ states }: Pick<ServerView, 'states'>, from: number, until: number): boolean {
  return serverStretches(states, from, until).every(({ state }) => state === 'ready')
}

/** The agent's speech that follows the mark of a filler within this time is that filler. */
const fillerWithinMs = 4_000

export interface VoiceLanes {
  /** In each lane one after the other. */
  caller: ConversationMark[]
  /** Fillers too. */
  agent: ConversationMark[]
  /** At which something was noticed. */
  moments: ConversationMark[]
}

/** Of what is seen between two times. */
export function voiceLanes(marks: readonly ConversationMark[], from: number, until: number): VoiceLanes {
  const sorted = marks.toSorted((one, other) => one.at - other.at)
  const agent: ConversationMark[] = []
  let fillerDueAt: number | undefined
  for (const mark of sorted) {
    if (mark.kind === 'filler') fillerDueAt = mark.at
    if (mark.kind !== 'agent') continue
    const isFiller = fillerDueAt !== undefined && mark.at - fillerDueAt < fillerWithinMs
    agent.push(isFiller ? { ...mark, kind: 'filler' } : mark)
    fillerDueAt = undefined
  }
  const isSeen = (mark: ConversationMark) => mark.at < until && endOfMark(mark) > from
  return {
    caller: sorted.filter((mark) => mark.kind === 'caller' && isSeen(mark)),
    agent: agent.filter(isSeen),
    moments: sorted.filter(({ kind, at }) => isMoment(kind) && at < until && at > from),
  }
}

function isMoment(kind: ConversationMark['kind']): boolean {
  return kind === 'interruption' || kind === 'question'
}

/** Speech without an end lasts. */
export function endOfMark({ kind, at, endedAt }: ConversationMark): number {
  return endedAt ?? (kind === 'caller' || kind === 'agent' ? Number.POSITIVE_INFINITY : at)
}

export function hasVoice(marks: readonly ConversationMark[]): boolean {
  return marks.some(({ kind }) => kind === 'caller' || kind === 'agent')
}
