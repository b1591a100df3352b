import { svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type { Paper } from './paper.ts'
import { endOf, type Position } from './position.ts'
import { type TimeScale, timeScale, xOf } from './time-scale.ts'

/** What every lane is drawn with. */
export interface Drawing {
  paper: Paper
  scale: TimeScale
  now: number
}

/** Behind the end of the window: room for the words of what just began. In rem, and of the width. */
const maxTail = 8
const maxTailShare = 0.26

export function drawingOf(paper: Paper, position: Position, now: number): Drawing {
  const { width, rem } = paper
  const tailWidth = Math.min(maxTail * rem, width * maxTailShare)
  return { paper, now, scale: timeScale(endOf(position, now), position.spanMs, width, tailWidth) }
}

/** To a tenth of a pixel: what stands still then also has the same words in the document. */
export function px(value: number): number {
  return Math.round(value * 10) / 10
}

/** Something shorter would not be seen. */
const minWidth = 2

export function span({ scale }: Drawing, from: number, until: number): { x: number; width: number } {
  const x = px(xOf(scale, from))
  return { x, width: Math.max(px(xOf(scale, until) - x), minWidth) }
}

/** Where words begin that belong to something which began at `from`: in view. */
export function wordsX({ scale, paper: { rem } }: Drawing, from: number): number {
  return px(Math.max(xOf(scale, from), xOf(scale, scale.fromAt) + 0.2 * rem))
}

/** The fills that are told apart by more than a colour. `url(#…)` is looked up in the document. */
export const hatches = ['waiting', 'tried', 'filler', 'unsettled'] as const

export type Hatch = (typeof hatches)[number]

export function hatchFill(hatch: Hatch): string {
  return `url(#hatch-${hatch})`
}

export const hatchPatterns: TemplateResult = svg`<defs>
  ${hatches.map(
    (
      hatch,
    ) => svg`<pattern id=${`hatch-${hatch}`} class=${`hatch is-${hatch}`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="6" height="6" /><path d="M1.5 0V6" />
    </pattern>`,
  )}
</defs>`
