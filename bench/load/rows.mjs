/** What the scripts of this folder measured, as rows of the table: `raw` by an SDK's client, `ours` by the switchboard. */

const maxAddedMs = 0.15
const maxHttpRatio = 1
const minThroughput = 0.9
const maxDelayMs = 20
const maxKiB = 100
/** What one call may cost more among many than alone. */
const maxGrowth = 1.5

export function callRows(measured) {
  return measured.flatMap(({ over, era, raw, ours }) => {
    const isMet =
      over === 'stdio' ? ours.p50 - raw.p50 <= maxAddedMs : rounded(ours.p50 / raw.p50) <= maxHttpRatio
    const bound = over === 'stdio' ? `≤ ${maxAddedMs} ms more` : `≤ ${maxHttpRatio.toFixed(1)} ×`
    return [
      { ...beside(`${over}, MCP ${era}, p50`, raw.p50, ours.p50), bound, ok: isMet },
      beside('… p99', raw.p99, ours.p99),
      beside('… processor time', raw.cpuMs, ours.cpuMs),
    ]
  })
}

export function fiftyRows(measured) {
  return measured.flatMap(({ over, era, takesMs, raw, ours }) => [
    {
      ...beside(
        `${over}, MCP ${era}${takesMs > 0 ? `, ${takesMs} ms each` : ''}`,
        raw.perSecond,
        ours.perSecond,
        '/s',
      ),
      bound: `≥ ${minThroughput} ×`,
      ok: rounded(ours.perSecond / raw.perSecond) >= minThroughput,
    },
    beside('… processor time for a call', raw.cpuMs, ours.cpuMs),
  ])
}

export function startRows(measured) {
  return measured.map(({ over, era, raw, ours }) => beside(`${over}, MCP ${era}`, raw.p50, ours.p50))
}

/** `raw`: the same load through the SDKs alone. */
export function conversationRows({ raw, ours }) {
  const { steady, killed, takesMs } = ours
  const failed = Object.entries(killed.ends).flatMap(([end, times]) => (end === 'ok' ? [] : times))
  const failures = failed.reduce((sum, times) => sum + times, 0)
  const call = `a call to a tool that takes ${takesMs} ms`
  const delay = { bound: `< ${maxDelayMs} ms`, unit: 'ms' }
  return [
    {
      ...beside('event loop delay, p99', raw.steady.delayP99, steady.delayP99),
      ...delay,
      ok: steady.delayP99 < maxDelayMs,
    },
    beside('… worst', raw.steady.delayWorst, steady.delayWorst),
    {
      ...alone('… p99 while two servers are killed', killed.delayP99),
      ...delay,
      ok: killed.delayP99 < maxDelayMs,
    },
    alone('… worst', killed.delayWorst),
    {
      ...alone('memory of an idle conversation', ours.idleBytesEach / 1_024, 'KiB'),
      bound: `≤ ${maxKiB} KiB`,
      ok: ours.idleBytesEach / 1_024 <= maxKiB,
    },
    {
      ...alone('… after its calls', ours.bytesEachAfterCalls / 1_024, 'KiB'),
      bound: `≤ ${maxKiB} KiB`,
      ok: ours.bytesEachAfterCalls / 1_024 <= maxKiB,
    },
    beside('calls', raw.steady.perSecond, steady.perSecond, '/s'),
    beside('… share of the core', raw.steady.core * 100, steady.core * 100, '%'),
    beside(`${call}, p50`, raw.steady.p50, steady.p50),
    beside('… p99', raw.steady.p99, steady.p99),
    alone('… p99 at the others while two servers are killed', killed.p99),
    { ...alone('… at the others that failed', failures, ''), bound: '0', ok: failures === 0 },
    alone(`${ours.conversations.toLocaleString('en')} conversations opened at once`, ours.openedMs),
  ]
}

const scalingNames = {
  servers: (count) => `one call beside ${count - 1} idle servers`,
  calls: (count) => `${count.toLocaleString('en')} calls in flight, one conversation`,
  conversations: (count) => `${count.toLocaleString('en')} conversations with a call each`,
}

/** Processor time of a call; each against the first of its kind. */
export function scalingRows(measured) {
  return measured.map(({ of, count, raw, ours }) => {
    const first = measured.find((one) => one.of === of)
    const row = beside(scalingNames[of](count), raw, ours)
    if (first.count === count) return row
    return { ...row, bound: `≤ ${maxGrowth} × the first`, ok: ours / first.ours <= maxGrowth }
  })
}

function beside(name, raw, ours, unit = 'ms') {
  return { name, bound: '', raw, ours, unit, ok: true }
}

function alone(name, ours, unit = 'ms') {
  return { name, bound: '', ours, unit, ok: true }
}

/** As it is printed. */
function rounded(ratio) {
  return Math.round(ratio * 100) / 100
}
