/** Figures as people read them. */

export function figure(value, unit) {
  const text = unit === '' || unit === '/s' ? whole(value) : decimal(value)
  return unit === '' ? text : `${text} ${unit}`
}

/** With its sign. */
export function difference({ raw, ours, unit }) {
  const more = ours - raw
  const text = figure(Math.abs(more), unit)
  const sign = more < 0 ? '−' : '+'
  return `${/[1-9]/.test(text) ? sign : '±'}${text}`
}

export function ratio({ raw, ours }) {
  return `${(ours / raw).toFixed(2)} ×`
}

/** Whether an SDK alone stands beside. */
export function isCompared(row) {
  return row.raw !== undefined
}

/** Whether its bound is met, where it has one. */
export function verdict({ bound, ok }) {
  if (bound === '') return ''
  return ok ? 'ok' : 'NOT MET'
}

function whole(value) {
  return Math.round(value).toLocaleString('en')
}

function decimal(value) {
  const size = Math.abs(value)
  if (size >= 1_000) return whole(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}
