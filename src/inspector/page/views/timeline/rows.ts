export interface Extent {
  from: number
  until: number
}

/**
 * The row of each, the first being 0, so that none overlaps another in its row. They come in the order of their beginning;
 * one that comes later moves none of those before.
 */
export function rowsOf(extents: readonly Extent[]): number[] {
  const ends: number[] = []
  return extents.map(({ from, until }) => {
    const free = ends.findIndex((end) => end <= from)
    const row = free === -1 ? ends.length : free
    ends[row] = until
    return row
  })
}
