import { difference, figure, isCompared, ratio, verdict } from './figures.mjs'

const compared = ['SDK alone', 'Switchboard', 'difference', 'ratio']
const counted = ['Switchboard', 'worst']

/** The rows of one measurement, for a terminal. */
export function table(title, rows) {
  const head = headOf(rows)
  const lines = [
    [title, ...head, 'bound', ''],
    ...rows.map((row) => [row.name, ...cells(row, head), row.bound, verdict(row)]),
  ]
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => {
        const isFigure = column > 0 && column <= head.length
        return isFigure ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
      })
      .join('  ')
      .trimEnd(),
  )
  return `\n${text.join('\n')}\n`
}

/** Of one row, under `head`. */
export function cells(row, head) {
  const values = {
    'SDK alone': () => (isCompared(row) ? figure(row.raw, row.unit) : ''),
    Switchboard: () => figure(row.ours, row.unit),
    difference: () => (isCompared(row) ? difference(row) : ''),
    ratio: () => (isCompared(row) ? ratio(row) : ''),
    worst: () => (row.worst === undefined ? '' : figure(row.worst, row.unit)),
  }
  return head.map((name) => values[name]())
}

export function headOf(rows) {
  return rows.some(isCompared) ? compared : counted
}
