/** Names with commas, as many as fit; at least one. */
export function listed(names: readonly string[], maxCharacters: number): string {
  let shown = 1
  while (shown < names.length && names.slice(0, shown + 1).join(', ').length <= maxCharacters) shown += 1
  const more = names.length - shown
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
