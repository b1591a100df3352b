import type { ServerView } from '../../../wire.ts'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import { clockTime, duration } from '../../words.ts'
import { percentile } from './server-words.ts'

/** One call alone has no stretch of time. */
const minSpanMs = 60_000
/** Of the drawing, which is stretched to the room that it has. */
const size = 100

/** How long the answered calls of a server took, newest last; its numbers in words for who does not see it. */
export function latencyPlot(latencies: ServerView['latencies']): TemplateResult {
  const values = latencies.map(({ ms }) => ms)
  const half = percentile(values, 0.5)
  const most = percentile(values, 0.95)
  if (half === undefined || most === undefined) {
    return html`<p class="quiet">It has answered no call while a page was open.</p>`
  }
  const top = Math.max(1, ...values)
  const [from, until] = spanOf(latencies)
  const places = latencies.map(({ at, ms }) => {
    const across = ((at - from) / (until - from)) * size
    return `${across.toFixed(2)} ${(size - (ms / top) * size).toFixed(2)}`
  })
  const label = `How long the last ${values.length} answered calls took`
  return html`
    <dl class="server-facts">
      <div><dt>p50</dt><dd>${duration(half)}</dd></div>
      <div><dt>p95</dt><dd>${duration(most)}</dd></div>
      <div><dt>calls</dt><dd>${values.length}</dd></div>
    </dl>
    <div class="latency-plot" role="img" aria-label=${label}>
      <div class="upright"><span>${duration(top)}</span><span>${duration(top / 2)}</span><span>0 ms</span></div>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none">
        <path class="grid" d="M0 0H100M0 50H100M0 100H100" />
        <path class="line" d=${`M${places.join('L')}`} />
        <path class="dots" d=${places.map((place) => `M${place}h0`).join('')} />
      </svg>
      <div class="along row spread"><span>${clockTime(from)}</span><span>${clockTime(until)}</span></div>
    </div>
  `
}

function spanOf(latencies: ServerView['latencies']): [number, number] {
  const from = latencies[0]?.at ?? 0
  const until = latencies.at(-1)?.at ?? from
  const missing = Math.max(0, minSpanMs - (until - from)) / 2
  return [from - missing, until + missing]
}
