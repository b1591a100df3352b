import { median } from '../statistics.mjs'

/** A row of what was measured a few times; a bound is for whoever has one. */
export function rowOf(name, values, unit = 'ms') {
  return { name, bound: '', ours: median(values), worst: Math.max(...values), unit, ok: true }
}
