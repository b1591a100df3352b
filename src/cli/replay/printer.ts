import { differingPaths } from '../../recording/compare.ts'
import type { Difference, Replay } from '../../recording/replay.ts'
import { cap, clean } from '../../text/text.ts'
import { jsonText } from '../json-output.ts'
import { paintFor, type Style } from '../paint.ts'
import { Teller, type Told } from './words.ts'

const paint = paintFor(process.stdout)
const labelWidth = 10
const rowLabelWidth = 22
const maxLineCharacters = 200
const maxDifferences = 10

/** Text for people; in colour on a terminal. */
export function textLines(replay: Replay, all: boolean): string[] {
  const teller = new Teller()
  const lines: string[] = []
  const time = (at: number) => `${((at - replay.startedAt) / 1000).toFixed(3).padStart(8)} s`
  const line = (before: string, { label, text }: Told, style: Style) =>
    lines.push(`${paint('dim', before)}  ${paint(style, oneLine(label).padEnd(labelWidth))}${oneLine(text)}`)
  /** An input that is no more than the reason for a decision is shown with the first that is shown. */
  let pending: (() => void) | undefined
  for (const happening of replay.happenings) {
    if ('input' in happening) {
      const told = teller.input(happening.input)
      pending = () => line(time(happening.at), told, 'cyan')
      if (!told.isMain && !all) continue
      pending()
      pending = undefined
    } else {
      const told = teller.decision(happening.decision)
      if (!told.isMain && !all) continue
      pending?.()
      pending = undefined
      line(' '.repeat(time(0).length), { ...told, text: `→ ${told.text}` }, 'reset')
    }
  }
  const shown = all ? replay.differences : replay.differences.slice(0, maxDifferences)
  const more = replay.differences.length - shown.length
  return [
    ...lines,
    ...shown.flatMap((difference) => ['', ...differenceLines(difference, time)]),
    ...(more > 0 ? ['', `… and ${more} more; --all shows them`] : []),
    '',
    ...(replay.isWhole ? [] : ['The recording was not ended: its last lines may be missing.']),
    verdict(replay),
  ]
}

/** One JSON object a line. */
export function jsonLines({ startedAt, happenings, differences, ...counts }: Replay): string[] {
  const { inputs, decisions, isWhole } = counts
  const summary = { same: differences.length === 0, inputs, decisions, isWhole }
  return [
    ...happenings.map(({ at, ...what }) => ({ atMs: at - startedAt, ...what })),
    ...differences.map((difference) => ({ difference })),
    { summary: { ...summary, differences: differences.length } },
  ].map(jsonText)
}

function differenceLines(
  { after, problem, expected, actual }: Difference,
  time: (at: number) => string,
): string[] {
  const { number, at, input } = after
  const head = `${paint('yellow', 'otherwise')} after input ${number}, ${input.type}, at ${time(at).trim()}`
  if (problem !== undefined) return [head, row('problem', `${problem}, so it could not be repeated`)]
  const isAlike =
    expected.length === actual.length && expected.every(({ type }, i) => type === actual[i]?.type)
  if (!isAlike) {
    return [
      head,
      ...expected.map((decision) => row('expected', JSON.stringify(decision))),
      ...actual.map((decision) => row('actual', JSON.stringify(decision))),
    ]
  }
  const rows = expected.flatMap((recorded, index) =>
    differingPaths(recorded, actual[index]).flatMap((one) => [
      row(recorded.type, one.path),
      row('expected', JSON.stringify(one.recorded) ?? 'nothing'),
      row('actual', JSON.stringify(one.actual) ?? 'nothing'),
    ]),
  )
  return [head, ...rows]
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(rowLabelWidth)}${oneLine(text)}`
}

function verdict({ inputs, decisions, differences }: Replay): string {
  if (differences.length === 0) {
    return paint('green', `The same ${decisions} decisions as recorded, after ${inputs} inputs.`)
  }
  const places = differences.length === 1 ? 'one place' : `${differences.length} places`
  return paint('red', `Decided otherwise than recorded in ${places}, after ${inputs} inputs.`)
}

/** A recording may come from anywhere. */
function oneLine(text: string): string {
  return cap(clean(text).replace(/\s+/g, ' '), maxLineCharacters)
}
