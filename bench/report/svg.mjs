import { figure, isCompared } from './figures.mjs'

/** What is drawn: the first row of each pair of transport and version. */
const drawn = [
  { group: 'call', title: 'One call, p50', isMore: false, isIt: ({ name }) => name.endsWith('p50') },
  { group: 'fifty', title: '50 at once, calls a second', isMore: true, isIt: ({ unit }) => unit === '/s' },
  { group: 'start', title: 'Start of 20 servers', isMore: false, isIt: () => true },
]
const width = 720
const labelWidth = 235
const figureWidth = 90
const barHeight = 12
const pairHeight = 36
const titleHeight = 40
const top = 38

/** docs/images/measurements.svg: two bars a row, readable on a light page and on a dark one. */
export function svg({ groups }) {
  const panels = drawn.flatMap(({ group, isIt, ...panel }) => {
    const rows = groups.find(({ name }) => name === group)?.rows.filter((row) => isCompared(row) && isIt(row))
    return rows && rows.length > 0 ? [{ ...panel, rows }] : []
  })
  let y = top
  const parts = panels.map((panel) => {
    const part = drawPanel(panel, y)
    y += titleHeight + panel.rows.length * pairHeight
    return part
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 8}" width="${width}" height="${y + 8}" role="img" aria-label="Switchboard beside the MCP SDKs alone">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .note { fill: #59636e }
  .raw { fill: #9aa4af }
  .ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    .raw { fill: #6e7681 }
    .ours { fill: #58a6ff }
  }
</style>
<rect class="raw" x="0" y="6" width="${barHeight}" height="${barHeight}" rx="2"/><text x="18" y="17">SDK alone</text>
<rect class="ours" x="110" y="6" width="${barHeight}" height="${barHeight}" rx="2"/><text x="128" y="17">Switchboard</text>
${parts.join('\n')}
</svg>
`
}

function drawPanel({ title, isMore, rows }, y) {
  const most = Math.max(...rows.flatMap(({ raw, ours }) => [raw, ours]))
  const pairs = rows.map((row, n) => drawPair(row, most, y + titleHeight + n * pairHeight))
  const note = isMore ? 'more is better' : 'less is better'
  return `<text class="title" x="0" y="${y + 22}">${title} <tspan class="note" font-weight="400">(${note})</tspan></text>
${pairs.join('\n')}`
}

function drawPair({ name, raw, ours, unit }, most, y) {
  const label = name.replace(/, p50$/, '')
  return `<text x="0" y="${y + 18}">${escaped(label)}</text>
${drawBar('raw', raw, unit, most, y)}
${drawBar('ours', ours, unit, most, y + barHeight + 2)}`
}

function drawBar(kind, value, unit, most, y) {
  const length = Math.max(1, (value / most) * (width - labelWidth - figureWidth))
  return `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/><text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 11}">${figure(value, unit)}</text>`
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
