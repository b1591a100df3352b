import type { llm } from '@livekit/agents'

/**
 * Updates of what the model knows, one at a time. The plugin makes the model equal to the list that it is handed, at a time
 * when that list may be old: it would delete what has come since, an answer or what the caller said.
 */
export class ChatUpdates {
  #last: Promise<void> = Promise.resolve()

  /** `known`: what the model knows at any time. Settles as `update` does; a failure does not stop the next one. */
  run(
    wanted: llm.ChatContext,
    known: () => llm.ChatContext,
    update: (chatCtx: llm.ChatContext) => Promise<void>,
  ): Promise<void> {
    const asked = wanted.copy()
    const before = idsOf(known())
    const ran = this.#last.then(() => {
      const gained = known().items.filter(({ id }) => !before.has(id))
      return update(withGained(asked, known(), idsOf({ items: gained })))
    })
    this.#last = ran.catch(() => {})
    return ran
  }
}

/** The plugin compares orders as well: what is kept stands behind what it follows at the model. */
function withGained(
  wanted: llm.ChatContext,
  known: llm.ChatContext,
  gained: ReadonlySet<string>,
): llm.ChatContext {
  const kept = wanted.copy()
  const ids = idsOf(wanted)
  let previous: string | undefined
  for (const item of known.items) {
    const isMissing = gained.has(item.id) && !ids.has(item.id)
    if (isMissing) kept.items.splice(kept.items.findIndex(({ id }) => id === previous) + 1, 0, item)
    if (isMissing || ids.has(item.id)) previous = item.id
  }
  return withoutSecondAnswers(kept, known)
}

/** A call takes one answer, and the framework may hold one that was delivered past it. */
function withoutSecondAnswers(chatCtx: llm.ChatContext, known: llm.ChatContext): llm.ChatContext {
  const knownIds = idsOf(known)
  const answered = new Set(
    chatCtx.items.flatMap((item) =>
      item.type === 'function_call_output' && knownIds.has(item.id) ? [item.callId] : [],
    ),
  )
  chatCtx.items = chatCtx.items.filter(
    (item) => item.type !== 'function_call_output' || knownIds.has(item.id) || !answered.has(item.callId),
  )
  return chatCtx
}

function idsOf({ items }: Pick<llm.ChatContext, 'items'>): Set<string> {
  return new Set(items.map(({ id }) => id))
}
