import { type Bounds, following, held, type Position, scrolled, zoomed } from './position.ts'

const scrollShare = 0.25

/** Where a key leads; absent where it is none of ours. */
export function afterKey(key: string, position: Position, bounds: Bounds): Position | undefined {
  const { now, earliestAt } = bounds
  switch (key) {
    case 'ArrowLeft':
      return scrolled(position, -position.spanMs * scrollShare, bounds)
    case 'ArrowRight':
      return scrolled(position, position.spanMs * scrollShare, bounds)
    case 'Home':
      return scrolled(position, earliestAt - now, bounds)
    case 'End':
      return following(position)
    case '+':
    case '=':
      return zoomed(position, 1, bounds)
    case '-':
      return zoomed(position, -1, bounds)
    case ' ':
      return position.heldAt === undefined ? held(position, now) : following(position)
  }
}
