/** How much time lies between the left edge and the end of the window; one zooms in these steps. */
export const spansMs: readonly number[] = [10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000]

export const defaultSpanMs = 30_000

/** Where the window is. It ends now, or where it was held. */
export interface Position {
  spanMs: number
  heldAt?: number
}

export interface Bounds {
  now: number
  /** Nothing is known of before. */
  earliestAt: number
}

export function endOf({ heldAt }: Position, now: number): number {
  return heldAt ?? now
}

export function held(position: Position, now: number): Position {
  return { ...position, heldAt: endOf(position, now) }
}

export function following({ spanMs }: Position): Position {
  return { spanMs }
}

/** One that reaches now follows it from then on. */
export function scrolled(position: Position, byMs: number, { now, earliestAt }: Bounds): Position {
  const endsAt = endOf(position, now) + byMs
  if (endsAt >= now) return following(position)
  return { ...position, heldAt: clamped(endsAt, position.spanMs, { now, earliestAt }) }
}

function clamped(endsAt: number, spanMs: number, { now, earliestAt }: Bounds): number {
  return Math.max(endsAt, Math.min(now, earliestAt + spanMs / 2))
}

/** `steps`: positive ones show less time. `anchorAt` stays where it is, as far as it can: one that is held is not let go. */
export function zoomed(position: Position, steps: number, bounds: Bounds, anchorAt?: number): Position {
  const known = spansMs.indexOf(position.spanMs)
  const index = Math.min(Math.max(known - steps, 0), spansMs.length - 1)
  const spanMs = spansMs[index] ?? position.spanMs
  if (position.heldAt === undefined) return { spanMs }
  const anchor = anchorAt ?? position.heldAt - position.spanMs / 2
  const endsAt = anchor + ((position.heldAt - anchor) * spanMs) / position.spanMs
  return { spanMs, heldAt: endsAt < bounds.now ? clamped(endsAt, spanMs, bounds) : bounds.now }
}

/** The same, or one that is held where this stretch is seen whole, if it can be. */
export function revealing(position: Position, from: number, until: number, bounds: Bounds): Position {
  const endsAt = endOf(position, bounds.now)
  if (until > endsAt - position.spanMs && from < endsAt) return position
  const lengthMs = until - from
  const spanMs = Math.max(
    position.spanMs,
    spansMs.find((one) => one >= lengthMs * 1.5) ?? spansMs.at(-1) ?? position.spanMs,
  )
  return scrolled({ spanMs, heldAt: until + (spanMs - lengthMs) / 2 }, 0, bounds)
}
