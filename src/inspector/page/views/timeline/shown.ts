import type { CallView, ServerView } from '../../../wire.ts'
import type { State } from '../../store.ts'
import { type CallFilter, passes } from './filter.ts'
import { type CallGroup, groupCalls, isSeen } from './groups.ts'
import { isQuiet } from './stretches.ts'

/** More servers than these are shown only where something happened to them. */
const maxQuietServers = 10

export interface Shown {
  /** All that pass the filter, the newest first. */
  calls: CallView[]
  /** Of what is seen in the window. */
  groups: CallGroup[]
  /** Conversations in the window that are left out. */
  moreGroups: number
  servers: ServerView[]
  /** Servers that were ready all the time and are left out. */
  quietServers: number
}

export interface Choice {
  filter: CallFilter
  fromAt: number
  untilAt: number
  /** Of the newest. */
  maxGroups: number
  /** Shown however old its conversation is. */
  selectedId: string | undefined
  showsQuiet: boolean
}

export function shownOf(
  state: State,
  { filter, fromAt, untilAt, maxGroups, selectedId, showsQuiet }: Choice,
): Shown {
  const seen = groupCalls(state.calls, state.conversations, filter).filter((group) =>
    isSeen(group, fromAt, untilAt),
  )
  const groups = seen.filter(
    ({ calls }, index) => index < maxGroups || calls.some(({ callId }) => callId === selectedId),
  )
  const servers = serversOf(state.servers.values(), filter, groups)
  const isShown = (server: ServerView) =>
    showsQuiet ||
    servers.length <= maxQuietServers ||
    isUsed(server, groups) ||
    !isQuiet(server, fromAt, untilAt)
  const shown = servers.filter(isShown)
  return {
    calls: [...state.calls.values()].filter((call) => passes(call, filter)).reverse(),
    groups,
    moreGroups: seen.length - groups.length,
    servers: shown,
    quietServers: servers.length - shown.length,
  }
}

/** Those that all share, and those of the conversations that are shown. */
function serversOf(
  servers: Iterable<ServerView>,
  { server: name }: CallFilter,
  groups: readonly CallGroup[],
): ServerView[] {
  const ids = new Set(groups.map(({ conversation }) => conversation?.conversationId))
  return [...servers].filter(
    (server) =>
      (!name || server.name === name) &&
      (server.conversationId === undefined || ids.has(server.conversationId)),
  )
}

function isUsed({ name }: ServerView, groups: readonly CallGroup[]): boolean {
  return groups.some(({ calls }) =>
    calls.some(
      ({ server, attempts }) => server === name || attempts.some((attempt) => attempt.server === name),
    ),
  )
}
