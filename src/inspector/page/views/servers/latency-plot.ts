import type { ServerView } from '../../../wire.ts'
import { ref } from '../../vendor/lit-html/directives/ref.js'
import { html, type TemplateResult } from '../../vendor/lit-html/lit-html.js'
import type UPlot from '../../vendor/uplot/uPlot.esm.js'
import { clockTime, duration } from '../../words.ts'
import { percentile } from './server-words.ts'

type Latencies = ServerView['latencies']

const heightPx = 140
/** One call alone has no stretch of time. */
const minSpanSeconds = 60

/** Where the plot stands; there is one at a time. */
let place: HTMLElement | undefined
let shown: { plot: UPlot; resizing: ResizeObserver } | undefined
let latest: Latencies = []

/** How long the answered calls of a server took, newest last; its numbers in words for who does not see it. */
export function latencyPlot(latencies: Latencies): TemplateResult {
  const values = latencies.map(({ ms }) => ms)
  const half = percentile(values, 0.5)
  const most = percentile(values, 0.95)
  if (half === undefined || most === undefined) {
    return html`<p class="quiet">It has answered no call while a page was open.</p>`
  }
  update(latencies)
  const label = `How long the last ${values.length} answered calls took`
  return html`
    <dl class="server-facts">
      <div><dt>p50</dt><dd>${duration(half)}</dd></div>
      <div><dt>p95</dt><dd>${duration(most)}</dd></div>
      <div><dt>calls</dt><dd>${values.length}</dd></div>
    </dl>
    <div class="latency-plot" role="img" aria-label=${label} ${ref(settle)}></div>
  `
}

/** The same function with every drawing: called when the element comes or goes. */
function settle(element: Element | undefined): void {
  shown?.resizing.disconnect()
  shown?.plot.destroy()
  shown = undefined
  place = element instanceof HTMLElement ? element : undefined
  if (place) void drawIn(place)
}

/** Loaded when it is needed; where it cannot run (it refuses some languages of a browser), the numbers stand alone. */
async function drawIn(element: HTMLElement): Promise<void> {
  const loaded = await import('../../vendor/uplot/uPlot.esm.js').catch(() => undefined)
  if (!loaded || element !== place) return
  const plot = new loaded.default(optionsOf(element.clientWidth), dataOf(latest), element)
  const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }))
  resizing.observe(element)
  shown = { plot, resizing }
}

function update(latencies: Latencies): void {
  const isNew = latencies !== latest
  latest = latencies
  if (isNew) shown?.plot.setData(dataOf(latencies))
}

function dataOf(latencies: Latencies): UPlot.AlignedData {
  return [latencies.map(({ at }) => at / 1_000), latencies.map(({ ms }) => ms)]
}

function optionsOf(width: number): UPlot.Options {
  const axis: UPlot.Axis = {
    stroke: () => colour('--text-quiet'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { stroke: () => colour('--line'), width: 1 },
    font: '11px system-ui, sans-serif',
  }
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: ({ data: [times] }) => span(times) },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      { ...axis, space: 90, values: (_, ticks) => ticks.map((seconds) => clockTime(seconds * 1_000)) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((ms) => duration(ms)) },
    ],
    series: [
      {},
      {
        stroke: () => colour('--accent'),
        width: 1.5,
        points: { show: true, size: 5, fill: () => colour('--accent') },
      },
    ],
  }
}

function span(times: UPlot.AlignedData[0]): [number, number] {
  const [from = 0] = times
  const until = times[times.length - 1] ?? from
  const missing = Math.max(0, minSpanSeconds - (until - from)) / 2
  return [from - missing, until + missing]
}

/** As the theme has it when it is drawn. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name)
}

/** Another theme has other colours. */
const redraw = () => shown?.plot.redraw(false)
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ['data-theme'] })
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
