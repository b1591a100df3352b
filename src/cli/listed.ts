/** Names with commas, as many as fit; at least one. */
export function listed(names: readonly string[], maxCharacters: number): string {
  let shown = 1
  while (shown < names.length && names.slice(0, shown + 1).join(', ').length <= maxCharacters) shown += 1
  const more = names.length - shown
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

const maxNamesCharacters = 18

/** Which servers are awaited, of how many, and for how long at most. */
export function awaited(names: readonly string[], total: number, limitMs: number): string {
  const done = total - names.length
  return `waiting for ${listed(names, maxNamesCharacters)} (${done} of ${total} done; up to ${limitMs / 1_000} s)`
}
