import type { CallView } from '../../../wire.ts'
import { rowsOf } from './rows.ts'

export interface PlacedCall {
  call: CallView
  row: number
  /** When the next in its row begins. */
  roomUntil: number
}

export interface PlacedCalls {
  /** Those that are seen. */
  placed: PlacedCall[]
  rows: number
  /** Too many beside each other for words. */
  isDense: boolean
}

export interface Placing {
  fromAt: number
  untilAt: number
  pixelsPerMs: number
  /** Of the words above a call, in pixels. */
  labelWidth(call: CallView): number
}

const gapPixels = 10
const denseGapPixels = 3
const maxLabelledRows = 8

/** `calls` in the order in which they began. */
export function placeCalls(calls: readonly CallView[], placing: Placing): PlacedCalls {
  const labelled = place(calls, placing, (call) => placing.labelWidth(call) + gapPixels)
  if (labelled.rows <= maxLabelledRows) return { ...labelled, isDense: false }
  return { ...place(calls, placing, () => denseGapPixels), isDense: true }
}

function place(
  calls: readonly CallView[],
  { fromAt, untilAt, pixelsPerMs }: Placing,
  minPixels: (call: CallView) => number,
): { placed: PlacedCall[]; rows: number } {
  const extents = calls.map((call) => {
    const { startedAt, endedAt = Number.POSITIVE_INFINITY } = call
    const until = Math.max(endedAt + denseGapPixels / pixelsPerMs, startedAt + minPixels(call) / pixelsPerMs)
    return { from: startedAt, until }
  })
  const rows = rowsOf(extents)
  const nextInRow = new Map<number, number>()
  const placed: PlacedCall[] = []
  for (const [index, call] of [...calls.entries()].reverse()) {
    const [row = 0, until = 0] = [rows[index], extents[index]?.until]
    const roomUntil = nextInRow.get(row) ?? Number.POSITIVE_INFINITY
    nextInRow.set(row, call.startedAt)
    if (until > fromAt && call.startedAt < untilAt) placed.push({ call, row, roomUntil })
  }
  return { placed: placed.reverse(), rows: Math.max(0, ...placed.map(({ row }) => row + 1)) }
}
