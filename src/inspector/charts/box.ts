import type { ChartState, Edge, Row } from './graph.ts'
import { edgeText } from './label.ts'
import { inset, lineHeight, nameWidth, textWidth, titleHeight } from './measures.ts'

const countdownWidth = 64
const pieceGap = 6
const columnGap = 24
const maxLines = 9
/** Where states stand below. */
const maxLinesAbove = 4

/** A piece of text in a box, from the box's upper left corner; one that has an edge stands for that. */
export interface Piece {
  /** Of the middle of the line. */
  y: number
  x: number
  width: number
  edge?: Edge
  event?: string
  guard?: string
  /** Words of ours. */
  note?: string
}

/** What a state's box holds above its children, and how much room that takes. */
export interface Box {
  width: number
  height: number
  pieces: Piece[]
}

export function boxOf(state: ChartState): Box {
  const isCompound = state.children.length > 0
  const notes = state.invoked.map((name) => `invokes ${name}`)
  if (isCompound && state.rows.length > 0) notes.push('in any state:')
  const rows = state.rows.map(piecesOf)
  const above = placed(
    notes.map((note) => [loose({ note })]),
    maxLines,
    0,
  )
  const below = placed(rows, isCompound ? maxLinesAbove : maxLines, above.height)
  const titleWidth = nameWidth(state.name) + (state.isTimed ? countdownWidth : 0)
  const height = above.height + below.height
  return {
    width: Math.ceil(Math.max(titleWidth, above.width, below.width) + 2 * inset),
    height: titleHeight + (height === 0 ? 0 : height + inset),
    pieces: [...above.pieces, ...below.pieces],
  }
}

type Loose = Omit<Piece, 'x' | 'y'>

function piecesOf({ event, edges }: Row): Loose[] {
  const [edge, ...others] = edges
  if (edge && others.length === 0) return [loose({ edge, event, guard: edgeText(edge) })]
  return [loose({ event }), ...edges.map((one) => loose({ edge: one, guard: edgeText(one) }))]
}

function loose(piece: Omit<Loose, 'width'>): Loose {
  const words = [piece.note, piece.event, piece.guard].filter(Boolean)
  return { ...piece, width: textWidth(words.join(' ')) }
}

/** In columns, where one would be too long. `top`: what stands above them takes. */
function placed(lines: Loose[][], longest: number, top: number): Box {
  const columns = Math.max(1, Math.ceil(lines.length / longest))
  const perColumn = Math.ceil(lines.length / columns)
  const pieces: Piece[] = []
  let left = inset
  let right = inset
  for (let column = 0; column < columns; column++) {
    for (const [index, line] of lines.slice(column * perColumn, (column + 1) * perColumn).entries()) {
      let x = left
      for (const piece of line) {
        pieces.push({ ...piece, x, y: titleHeight + inset / 2 + top + (index + 0.5) * lineHeight })
        x += piece.width + pieceGap
      }
      right = Math.max(right, x - pieceGap)
    }
    left = right + columnGap
  }
  return { pieces, width: right - inset, height: perColumn * lineHeight }
}
