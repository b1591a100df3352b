import { html, svg, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { hatchFill } from './drawing.ts'
import { momentShape } from './voice-lane.ts'

const bar = (name: string, fill?: 'waiting' | 'tried' | 'filler' | 'unsettled') =>
  svg`<rect class=${name} x="1" y="3" width="26" height="10" rx="2" fill=${fill ? hatchFill(fill) : 'none'} />`

const voice = (kind: string, fill?: 'filler') =>
  svg`<rect class=${`voice is-${kind}`} x="1" y="6" width="26" height="5" rx="2" fill=${fill ? hatchFill(fill) : 'none'} />`

const moment = (kind: 'interruption' | 'question') =>
  svg`<g transform="translate(14 8) scale(5.5)">${momentShape(kind)}</g>`

const entries: readonly [string, TemplateResult][] = [
  ['waiting', bar('stretch is-waiting', 'waiting')],
  ['running', bar('stretch is-running')],
  ['asking the caller', bar('stretch is-asking')],
  ['answered', bar('stretch is-answered')],
  ['failed', bar('stretch is-failed')],
  ['failed, effect unknown', bar('stretch is-failed is-unknown')],
  [
    'attempt that failed, then sent again',
    svg`${bar('stretch is-tried', 'tried')}<path class="attempt-mark" d="M14 1V15" />`,
  ],
  ['progress', svg`${bar('stretch is-running')}<path class="progress-tick" d="M8 8v5M14 8v5M20 8v5" />`],
  ['caller speaks', voice('caller')],
  ['agent speaks', voice('agent')],
  ['filler', voice('filler', 'filler')],
  ['interruption', moment('interruption')],
  ['question to the caller', moment('question')],
  ['server ready', svg`<rect class="server-line" x="1" y="7" width="26" height="3" />`],
  ['on its way back', bar('server-state is-unsettled', 'unsettled')],
]

export const legend: TemplateResult = html`<ul class="timeline-legend" aria-label="Legend">
  ${entries.map(([label, drawing]) => html`<li><svg viewBox="0 0 28 16" aria-hidden="true">${drawing}</svg>${label}</li>`)}
</ul>`
