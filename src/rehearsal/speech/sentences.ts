const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** The sentences of a text; numbering such as "1." stays with what follows. */
export function sentences(text: string): string[] {
  const found: string[] = []
  let held = ''
  for (const { segment } of segmenter.segment(text)) {
    held += segment
    if ((held.match(/\p{Letter}/gu)?.length ?? 0) < 2) continue
    found.push(held.replace(/\s+/g, ' ').trim())
    held = ''
  }
  const rest = held.replace(/\s+/g, ' ').trim()
  if (rest) found.push(rest)
  return found
}

/** Cuts at the last comma or space before the limit. */
function cut(sentence: string, limit: number): string[] {
  const pieces: string[] = []
  let rest = sentence
  while (rest.length > limit) {
    const head = rest.slice(0, limit)
    const comma = Math.max(head.lastIndexOf(', '), head.lastIndexOf('; ')) + 1
    const at = comma > limit / 3 ? comma : head.lastIndexOf(' ') + 1 || limit
    pieces.push(rest.slice(0, at).trim())
    rest = rest.slice(at).trim()
  }
  if (rest) pieces.push(rest)
  return pieces
}

/** Pieces that Flite can take: 400 words at once would block its thread for five seconds. */
export function sentencePieces(text: string, limit = 200): string[] {
  return sentences(text).flatMap((sentence) => cut(sentence, limit))
}
