import type { ConversationMark } from '../../../wire.ts'
import { nothing, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { type Drawing, hatchFill, px, span, wordsX } from './drawing.ts'
import type { VoiceLanes } from './stretches.ts'
import { fitted } from './text-fit.ts'
import { xOf } from './time-scale.ts'

/** In rem. */
export const voiceLaneHeight = 1.5
const barTop = 1.05
const barHeight = 0.3
const textBaseline = 0.8

/** Who speaks, one lane each; below the agent's words stands what was noticed. */
export function voices(drawing: Drawing, { caller, agent, moments }: VoiceLanes): TemplateResult {
  const agentLane = `translate(0 ${px(voiceLaneHeight * drawing.paper.rem)})`
  return svg`
    ${lane(drawing, caller)}
    <g transform=${agentLane}>${lane(drawing, agent)}${moments.map((mark) => moment(drawing, mark))}</g>`
}

function lane(drawing: Drawing, marks: readonly ConversationMark[]): TemplateResult[] {
  return marks.map((mark, index) => speech(drawing, mark, marks[index + 1]?.at))
}

function speech(
  drawing: Drawing,
  { kind, at, endedAt, text = '' }: ConversationMark,
  nextAt?: number,
): TemplateResult {
  const { scale, paper, now } = drawing
  const { rem, measure } = paper
  const { x, width } = span(drawing, at, endedAt ?? now)
  const wordsFrom = wordsX(drawing, at)
  const end = Math.min(xOf(scale, nextAt ?? Number.POSITIVE_INFINITY), xOf(scale, scale.untilAt)) - 0.4 * rem
  const shown = fitted(text.replace(/\s+/g, ' '), end - wordsFrom, measure)
  return svg`<rect class=${`voice is-${kind}`} x=${x} y=${px(barTop * rem)} width=${width} height=${px(barHeight * rem)} rx="2" fill=${kind === 'filler' ? hatchFill('filler') : nothing} />
    ${shown ? svg`<text class="voice-text" x=${px(wordsFrom)} y=${px(textBaseline * rem)}>${shown}</text>` : nothing}`
}

function moment({ scale, paper: { rem } }: Drawing, { kind, at }: ConversationMark): TemplateResult {
  const y = px((barTop + barHeight / 2) * rem)
  const size = 0.32 * rem
  return svg`<g transform=${`translate(${px(xOf(scale, at))} ${y}) scale(${px(size)})`}>${momentShape(kind)}</g>`
}

/** As high and wide as 2, around 0. */
export function momentShape(kind: ConversationMark['kind']): TemplateResult {
  return kind === 'interruption'
    ? svg`<path class="moment is-interruption" d="M0-1L1 0L0 1L-1 0Z" />`
    : svg`<circle class="moment is-question" r="1" /><path class="moment-mark" d="M-.35-.3a.38.38 0 1 1 .55.35q-.2.1-.2.3M0 .62v.02" />`
}
