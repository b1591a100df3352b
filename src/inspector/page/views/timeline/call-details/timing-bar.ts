import type { CallView } from '../../../../wire.ts'
import { html, nothing, svg, type TemplateResult } from '../../../vendor/lit-html/lit-html.js'
import { duration } from '../../../words.ts'
import { hatchFill } from '../drawing.ts'
import { timingOf } from './timing.ts'

/** How its time was spent, as a bar and in words. */
export function timingBar(call: CallView, now: number): TemplateResult {
  const { waitedMs, ranMs, wholeMs } = timingOf(call, now)
  const waited = wholeMs === 0 ? 0 : (100 * waitedMs) / wholeMs
  const isUnknown = call.state === 'failed' && call.effect === 'unknown'
  const kind = call.state === 'waiting' ? 'running' : call.state
  return html`<section class="timing">
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="stretch is-waiting" width=${waited} height="6" fill=${hatchFill('waiting')} />
      ${ranMs === undefined ? nothing : svg`<rect class=${`stretch is-${kind} ${isUnknown ? 'is-unknown' : ''}`} x=${waited} width=${100 - waited} height="6" />`}
    </svg>
    <p class="row small">
      <span>waited ${duration(waitedMs)}</span>
      <span>${ranMs === undefined ? 'never went out' : `ran ${duration(ranMs)}`}</span>
      <span class="quiet">${duration(wholeMs)} in all</span>
    </p>
  </section>`
}
