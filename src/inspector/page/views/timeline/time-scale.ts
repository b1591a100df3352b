/** Time in pixels. Drawn things stand at `xOf`; all of them are moved by `shift`, so that a window in motion moves one thing. */
export interface TimeScale {
  originAt: number
  pixelsPerMs: number
  /** At the left edge. */
  fromAt: number
  /** The end of the window. */
  endsAt: number
  /** At the right edge: behind the end some room is left for words. */
  untilAt: number
  shift: number
}

/** `tailWidth`: of the room behind the end. */
export function timeScale(endsAt: number, spanMs: number, width: number, tailWidth: number): TimeScale {
  const pixelsPerMs = Math.max(width - tailWidth, 1) / spanMs
  const fromAt = endsAt - spanMs
  // Near the window, so that coordinates stay small: SVG has single precision.
  const originAt = Math.floor(fromAt / spanMs) * spanMs
  return {
    originAt,
    pixelsPerMs,
    fromAt,
    endsAt,
    untilAt: endsAt + tailWidth / pixelsPerMs,
    shift: (originAt - fromAt) * pixelsPerMs,
  }
}

export function xOf({ originAt, pixelsPerMs }: TimeScale, at: number): number {
  return (at - originAt) * pixelsPerMs
}

/** `x`: from the left edge. */
export function timeAt({ fromAt, pixelsPerMs }: TimeScale, x: number): number {
  return fromAt + x / pixelsPerMs
}

const stepsMs = [1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000]

/** Round times between both edges, at least `minDistance` pixels apart. */
export function ticks({ fromAt, untilAt, pixelsPerMs }: TimeScale, minDistance: number): number[] {
  const stepMs = stepsMs.find((step) => step * pixelsPerMs >= minDistance) ?? 1_200_000
  const found: number[] = []
  for (let at = Math.ceil(fromAt / stepMs) * stepMs; at <= untilAt; at += stepMs) found.push(at)
  return found
}
