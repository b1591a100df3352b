import type { Edge } from './graph.ts'
import { inset, lineHeight, textWidth } from './measures.ts'

const maxCharacters = 24
const gap = 4

export interface LabelLine {
  event: string
  guard: string
}

/** What stands behind an event: `[isStale]`, `[else] → connecting`. */
export function edgeText({ guard, backTo }: Edge): string {
  const parts = [guard === undefined ? '' : `[${guard}]`, backTo === undefined ? '' : `→ ${backTo}`]
  return parts.filter((part) => part !== '').join(' ')
}

/** One line, or two where that would be long. */
function linesOf(edge: Edge): LabelLine[] {
  const { event } = edge
  const guard = edgeText(edge)
  const isLong = guard !== '' && event.length + guard.length > maxCharacters
  return isLong
    ? [
        { event, guard: '' },
        { event: '', guard },
      ]
    : [{ event, guard }]
}

/** What stands on an arrow: one transition below the other. `y`: of its upper end, from that of the label. */
export function labelOf(edges: readonly Edge[]): {
  width: number
  height: number
  parts: { edge: Edge; lines: LabelLine[]; y: number; height: number }[]
} {
  let y = 0
  const parts = edges.map((edge) => {
    const lines = linesOf(edge)
    const part = { edge, lines, y, height: lines.length * lineHeight }
    y += part.height + gap
    return part
  })
  const texts = parts.flatMap(({ lines }) => lines.map(({ event, guard }) => `${event} ${guard}`.trim()))
  return { width: Math.ceil(Math.max(...texts.map(textWidth))) + inset, height: y - gap, parts }
}
