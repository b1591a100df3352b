export interface Pace {
  pixelsPerMs: number
  /** The window moves with time. */
  isFollowing: boolean
  /** Something in it grows: a call that runs, a voice. */
  isLive: boolean
  wantsLessMotion: boolean
}

/** When the next picture differs enough to be drawn; absent where only news can change it. */
export function nextPictureMs({
  pixelsPerMs,
  isFollowing,
  isLive,
  wantsLessMotion,
}: Pace): number | undefined {
  if (!isFollowing && !isLive) return undefined
  if (wantsLessMotion) return 1_000
  if (!isFollowing) return 100
  const halfPixelMs = 0.5 / pixelsPerMs
  return isLive ? Math.min(halfPixelMs, 100) : Math.min(Math.max(halfPixelMs, 100), 1_000)
}
