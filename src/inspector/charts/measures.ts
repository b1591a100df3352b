/** All in pixels. */
const titleSize = 13
export const textSize = 11
export const lineHeight = 17
/** Of the upper end of a box, in which its name stands. */
export const titleHeight = 30
/** Between a box's border and what stands in it. */
export const inset = 12
/** elkjs lets lines begin at the very corners of boxes: boxes are drawn wider than it knows, by this on either side. */
export const overhang = 12

/** Widths in em, of the widest of the fonts that a page may get: what fits there fits everywhere. */
const sansBold: readonly (readonly [characters: RegExp, width: number])[] = [
  [/[ijlI.,:;'|!() ]/, 0.42],
  [/[frt\-/[\]]/, 0.52],
  [/[mwMW@%]/, 1.08],
  [/[A-Z&]/, 0.82],
  [/./, 0.72],
]
const mono = 0.62

/** Of a state's name. */
export function nameWidth(name: string): number {
  const em = [...name].map((character) => sansBold.find(([pattern]) => pattern.test(character))?.[1] ?? 1)
  return em.reduce((sum, width) => sum + width, 0) * titleSize
}

/** Of all other words. */
export function textWidth(text: string): number {
  return [...text].length * mono * textSize
}
