import type { ServerState, ServerStatus } from '../contract/protocol.ts'
import type { Style } from './paint.ts'

export function stateStyle(state: ServerState): Style {
  if (state === 'ready') return 'green'
  return state === 'failed' || state === 'unauthorized' ? 'red' : 'yellow'
}

/** Why it is in its state, where that wants a reason. */
export function reasonOf({
  state,
  lastError,
}: Pick<ServerStatus, 'state' | 'lastError'>): string | undefined {
  const isWell = state === 'ready' || state === 'closing' || state === 'closed'
  return isWell ? undefined : lastError
}
