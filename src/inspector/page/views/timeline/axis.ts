import { html, nothing, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime } from '../../words.ts'
import { type Drawing, px } from './drawing.ts'
import { ticks, xOf } from './time-scale.ts'

/** In rem. */
const axisHeight = 1.6
const minTickDistance = 5
const nowHalfWidth = 1.6

/** Clock times, and where now is. */
export function axis(drawing: Drawing): TemplateResult {
  const { scale, paper, now } = drawing
  const { rem, width } = paper
  const halfWidth = paper.measure('00:00:00') / 2
  const nowX = scale.shift + xOf(scale, now)
  const shown = ticks(scale, minTickDistance * rem).filter((at) => {
    const x = scale.shift + xOf(scale, at)
    return x >= halfWidth && x <= width - halfWidth && Math.abs(x - nowX) >= halfWidth + nowHalfWidth * rem
  })
  const isNowSeen = now <= scale.untilAt && nowX >= 0
  return html`<svg class="axis" width=${width} height=${px(axisHeight * rem)}>
    <g transform=${`translate(${px(scale.shift)} 0)`}>
      ${shown.map((at) => svg`<text x=${px(xOf(scale, at))} y=${px(1.05 * rem)} text-anchor="middle">${clockTime(at)}</text>`)}
    </g>
    ${
      isNowSeen
        ? svg`<g transform=${`translate(${px(nowX)} 0)`}>
            <rect class="now-tag" x=${px(-1.2 * rem)} y=${px(0.2 * rem)} width=${px(2.4 * rem)} height=${px(1.2 * rem)} rx=${px(0.6 * rem)} />
            <text class="now-word" y=${px(1.05 * rem)} text-anchor="middle">now</text>
          </g>`
        : nothing
    }
  </svg>`
}

/** What stands behind all lanes: lines at round times, now, and how long the selected call took. */
export function backdrop(
  drawing: Drawing,
  selected: { from: number; until: number } | undefined,
): TemplateResult {
  const { scale, paper, now } = drawing
  const line = (at: number, name: string) => {
    const x = px(xOf(scale, at))
    return svg`<line class=${name} x1=${x} x2=${x} y1="0" y2="100%" />`
  }
  return html`<svg class="backdrop" width=${paper.width} height="100%">
    <g transform=${`translate(${px(scale.shift)} 0)`}>
      ${selected ? band(drawing, selected) : nothing}
      ${ticks(scale, minTickDistance * paper.rem).map((at) => line(at, 'grid-line'))}
      ${now <= scale.untilAt ? line(now, 'now-line') : nothing}
    </g>
  </svg>`
}

function band(drawing: Drawing, { from, until }: { from: number; until: number }): TemplateResult {
  const x = px(xOf(drawing.scale, from))
  const width = Math.max(px(xOf(drawing.scale, until) - x), 2)
  return svg`<rect class="selected-band" x=${x} y="0" width=${width} height="100%" />`
}
