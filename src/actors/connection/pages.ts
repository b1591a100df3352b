const maxPages = 100
/** Far more than are used of one list. */
const maxRawItems = 10_000

export interface Page {
  items: readonly unknown[]
  nextCursor?: string | undefined
}

/** The raw items of all pages. A server whose pages have no end is believed for a while. */
export async function allPages(read: (cursor: string | undefined) => Promise<Page>): Promise<unknown[]> {
  const raw: unknown[] = []
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const answer = await read(cursor)
    // Not spread into arguments: a page may have more than the stack holds.
    for (const item of answer.items) raw.push(item)
    cursor = answer.nextCursor
    if (cursor === undefined || seen.has(cursor) || raw.length > maxRawItems) break
    seen.add(cursor)
  }
  return raw
}
