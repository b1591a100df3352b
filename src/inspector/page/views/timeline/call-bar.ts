import type { CallView } from '../../../wire.ts'
import { guard } from '../../vendor/lit-html/directives/guard.js'
import { nothing, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { labels } from './call-words.ts'
import { type Drawing, hatchFill, px, span, wordsX } from './drawing.ts'
import { isRunning } from './filter.ts'
import { iconPath } from './icons.ts'
import type { PlacedCall } from './placing.ts'
import { type CallStretch, callStretches } from './stretches.ts'
import { fitted } from './text-fit.ts'
import { xOf } from './time-scale.ts'

/** In rem. */
export const labelledRowHeight = 2.25
export const denseRowHeight = 0.8
const labelled = { text: 0.85, top: 1.2, height: 0.7 }
const dense = { text: 0, top: 0.1, height: 0.6 }
const iconWidth = 0.95
/** Of the width: more would push others down. */
const maxLabelShare = 0.4

interface Label {
  x: number
  name: string
  rest: string
  width: number
}

/** In pixels, of what should be said of a call beside its bar. */
export function labelWidth(call: CallView, { paper: { rem, width, measure }, now }: Drawing): number {
  const { wanted } = labels(call, now)
  const wantedWidth = iconWidth * rem + measure(call.function, 'strong') + 0.4 * rem + measure(wanted)
  return Math.min(wantedWidth, width * maxLabelShare)
}

/** One call: its words above its bar. What has ended is drawn once. */
export function callBar(
  drawing: Drawing,
  { call, row, roomUntil }: PlacedCall,
  isSelected: boolean,
  isDense: boolean,
): unknown {
  const { scale, paper } = drawing
  const label = isDense ? undefined : labelOf(drawing, call, roomUntil)
  const draw = () => drawn(drawing, call, row, isSelected, label)
  if (isRunning(call)) return draw()
  const place = [row, isSelected, isDense, label?.x, label?.name, label?.rest]
  return guard([call, scale.originAt, scale.pixelsPerMs, paper, ...place], draw)
}

function drawn(
  drawing: Drawing,
  call: CallView,
  row: number,
  isSelected: boolean,
  label: Label | undefined,
): TemplateResult {
  const { rem } = drawing.paper
  const [layout, rowHeight] = label ? [labelled, labelledRowHeight] : [dense, denseRowHeight]
  const top = layout.top * rem
  const height = layout.height * rem
  const whole = span(drawing, call.startedAt, call.endedAt ?? drawing.now)
  const stretches = callStretches(call, drawing.now)
  const last = stretches.at(-1)
  const hitWidth = label ? Math.max(whole.width, label.x + label.width - whole.x) : whole.width
  return svg`<g class=${`call-bar ${isSelected ? 'is-selected' : ''}`} data-call=${call.callId} transform=${`translate(0 ${px(row * rowHeight * rem)})`}>
    <rect class="hit" x=${px(whole.x - 0.25 * rem)} y="0" width=${px(hitWidth + 0.75 * rem)} height=${px((rowHeight - 0.05) * rem)} rx=${0.25 * rem} />
    ${label ? words(label, call, rem) : nothing}
    ${stretches.map((stretch) => stretchBar(drawing, call, stretch, top, height))}
    ${call.endedAt !== undefined && last?.kind !== call.state ? endCap(call, whole.x + whole.width, top, height) : nothing}
    ${attemptMarks(drawing, call, top, height)}
    ${call.progress.map(({ at }) => svg`<path class="progress-tick" d=${`M${px(xOf(drawing.scale, at))} ${px(top + height * 0.5)}v${px(height * 0.5)}`} />`)}
  </g>`
}

function stretchBar(
  drawing: Drawing,
  { state, effect }: CallView,
  { kind, from, until }: CallStretch,
  top: number,
  height: number,
): TemplateResult {
  const { x, width } = span(drawing, from, until)
  const isHatched = kind === 'waiting' || kind === 'tried'
  const kindClass = kind === 'failed' && effect === 'unknown' ? 'is-failed is-unknown' : `is-${kind}`
  const isLive = kind === state && kind !== 'answered' && kind !== 'failed'
  return svg`<rect class=${`stretch ${kindClass}`} x=${x} y=${px(top)} width=${width} height=${px(height)} rx="2" fill=${isHatched ? hatchFill(kind) : nothing} />
    ${isLive ? svg`<rect class=${`live-end is-${kind}`} x=${px(x + width - 2)} y=${px(top - 2)} width="4" height=${px(height + 4)} rx="2" />` : nothing}`
}

/** How it ended where no answer coloured it. */
function endCap({ state }: CallView, x: number, top: number, height: number): TemplateResult {
  return svg`<rect class=${`end-cap is-${state}`} x=${px(x - 2)} y=${px(top - 2)} width="4" height=${px(height + 4)} rx="1" />`
}

/** Numbered where there was more than one. */
function attemptMarks(drawing: Drawing, { attempts }: CallView, top: number, height: number): unknown {
  const { scale, paper } = drawing
  if (attempts.length < 2) return nothing
  return attempts.map(({ at, server }, index) => {
    if (at === undefined) return nothing
    const x = px(xOf(scale, at))
    const next = attempts[index + 1]?.at
    const hasRoom = next === undefined || xOf(scale, next) - x > paper.rem
    return svg`<path class="attempt-mark" d=${`M${x} ${px(top - 3)}v${px(height + 6)}`} />
      ${hasRoom ? svg`<text class="attempt-number" x=${x + 3} y=${px(top + height * 0.82)}>${index + 1}<title>${server}</title></text>` : nothing}`
  })
}

function words({ x, name, rest }: Label, { state }: CallView, rem: number): unknown {
  if (name === '') return nothing
  const iconScale = (0.7 * rem) / 12
  return svg`<g transform=${`translate(${x} ${px(0.27 * rem)}) scale(${iconScale})`}>${iconPath(state)}</g>
    <text x=${px(x + iconWidth * rem)} y=${px(labelled.text * rem)}><tspan class="strong">${name}</tspan>${
      rest ? svg`<tspan class="quiet" dx=${px(0.4 * rem)}>${rest}</tspan>` : nothing
    }</text>`
}

/** As much as there is room for until the next call, or until the right edge. */
function labelOf(drawing: Drawing, call: CallView, roomUntil: number): Label {
  const { scale, paper, now } = drawing
  const { rem, measure } = paper
  const end = Math.min(xOf(scale, roomUntil), xOf(scale, scale.untilAt)) - 0.5 * rem
  const iconSpace = iconWidth * rem
  const nameWidth = measure(call.function, 'strong')
  const { variants } = labels(call, now)
  const widthOf = (rest: string) => iconSpace + nameWidth + (rest ? 0.4 * rem + measure(rest) : 0)
  const least = px(end - widthOf(variants.at(-1) ?? ''))
  const x = Math.max(Math.min(wordsX(drawing, call.startedAt), least), px(xOf(scale, call.startedAt)))
  // What begins out of view says nothing.
  if (x < xOf(scale, scale.fromAt)) return { x, name: '', rest: '', width: 0 }
  const rest = [...variants, ''].find((one) => x + widthOf(one) <= end)
  if (rest !== undefined) return { x, name: call.function, rest, width: widthOf(rest) }
  const name = fitted(call.function, end - x - iconSpace, measure, 'strong')
  return { x, name, rest: '', width: iconSpace + measure(name, 'strong') }
}
