import type { ServerView } from '../../../wire.ts'
import { nothing, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { toneOfServer } from '../../words.ts'
import { type Drawing, hatchFill, px, span, wordsX } from './drawing.ts'
import { type ServerStretch, serverStretches } from './stretches.ts'
import { xOf } from './time-scale.ts'

/** In rem. */
export const serverLaneHeight = 1.5
const barTop = 0.2
const barHeight = 1.1
const lineTop = 1.12
const lineHeight = 0.18
const textBaseline = 0.97

/** A thin line while it is ready; everything else stands out, and says what it is. */
export function serverLane(drawing: Drawing, { states }: ServerView): TemplateResult[] {
  const { scale, now } = drawing
  const stretches = serverStretches(states, scale.fromAt, Math.min(now, scale.untilAt))
  return stretches
    .map((stretch) => (stretch.state === 'ready' ? readyLine(drawing, stretch) : block(drawing, stretch)))
    .concat(words(drawing, stretches))
}

function readyLine(drawing: Drawing, { from, until }: ServerStretch): TemplateResult {
  const { rem } = drawing.paper
  const { x, width } = span(drawing, from, until)
  return svg`<rect class="server-line" x=${x} y=${px(lineTop * rem)} width=${width} height=${px(lineHeight * rem)} />`
}

function block(drawing: Drawing, { state, from, until }: ServerStretch): TemplateResult {
  const { rem } = drawing.paper
  const { x, width } = span(drawing, from, until)
  const isUnsettled = state === 'connecting' || state === 'reconnecting'
  return svg`<rect class=${`server-state ${isUnsettled ? 'is-unsettled' : `is-${toneOfServer(state)}`}`} x=${x} y=${px(barTop * rem)} width=${width} height=${px(barHeight * rem)} rx="2" fill=${isUnsettled ? hatchFill('unsettled') : nothing} />`
}

/** In a block where there is room; else behind it, together with those that it follows at once. */
function words(drawing: Drawing, stretches: readonly ServerStretch[]): TemplateResult[] {
  const { scale, paper } = drawing
  const { rem, measure } = paper
  const gap = 0.35 * rem
  const found: TemplateResult[] = []
  let unsaid: string[] = []
  const say = (state: ServerStretch['state'], x: number, text: string) => {
    found.push(
      svg`<text class=${`server-words is-${toneOfServer(state)}`} x=${px(x)} y=${px(textBaseline * rem)}>${text}</text>`,
    )
    unsaid = []
  }
  for (const [index, { state, from, until }] of stretches.entries()) {
    if (state === 'ready') continue
    const next = stretches[index + 1]
    const end = xOf(scale, until)
    const inside = wordsX(drawing, from) + gap
    if (inside + measure(state, 'strong') + gap <= end) {
      say(state, inside, state)
      continue
    }
    unsaid.push(state)
    if (next && next.state !== 'ready') continue
    const text = unsaid.join(' → ')
    const following = stretches.slice(index + 1).find((one) => one.state !== 'ready')
    const room =
      Math.min(xOf(scale, following?.from ?? Number.POSITIVE_INFINITY), xOf(scale, scale.untilAt)) - gap
    const isInView = end + gap >= xOf(scale, scale.fromAt)
    const shown = [text, state].find((one) => end + gap + measure(one, 'strong') <= room)
    if (shown && isInView) say(state, end + gap, shown)
    unsaid = []
  }
  return found
}
