import { readFileSync } from 'node:fs'
import type { Piece } from './box.ts'
import { dotSize } from './elk-graph.ts'
import type { Point, Rectangle } from './geometry.ts'
import type { ChartState, Edge } from './graph.ts'
import { labelOf } from './label.ts'
import type { Chart, PlacedArrow, PlacedState } from './layout.ts'
import { inset, lineHeight, textSize, titleHeight } from './measures.ts'
import { headPath, linePath } from './path.ts'
import { element, escaped, rounded } from './xml.ts'

const radius = 10
const markRadius = 4

/**
 * The picture as SVG. It names no colour: a page gives it those of `styles/chart.css`. `standalone` (default false) puts the
 * styles in, for a file that is looked at by itself; a page that allows no inline styles would refuse them.
 */
export function svgOf(chart: Chart, { standalone = false }: { standalone?: boolean } = {}): string {
  const { name, width, height } = chart
  const [machine, ...states] = chart.states
  const title = `Statechart of the machine ${name}`
  const size = { viewBox: `0 0 ${width} ${height}`, width, height }
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'chart', role: 'img', 'aria-label': title, ...size },
    titled(title),
    ...(standalone ? [styles()] : []),
    ...(machine ? [element('g', { class: 'machine' }, ...insides(machine))] : []),
    ...states.filter(isCompound).map((placed) => rectangle(placed, 'ground', radius)),
    ...chart.initials.map(initialOf),
    ...chart.arrows.map(arrowOf),
    ...states.map((placed) =>
      element('g', { class: classOf(placed.state), 'data-state': placed.state.id }, ...insides(placed)),
    ),
    ...chart.origins.map(originOf),
    ...chart.arrows.flatMap(edgesOf),
  )
}

function isCompound({ state }: PlacedState): boolean {
  return state.children.length > 0
}

function styles(): string {
  const read = (name: string) =>
    readFileSync(new URL(`../../../src/inspector/page/styles/${name}.css`, import.meta.url), 'utf8')
  return element('style', {}, escaped(`${read('tokens')}\n${read('chart')}`))
}

function titled(words: string): string {
  return element('title', {}, escaped(words))
}

function rectangle({ x, y, width, height }: Rectangle, name: string, rx: number): string {
  return element('rect', { class: name, x, y, width, height, rx })
}

interface Line {
  class: string
  x: number
  /** From above. */
  middle: number
  'data-countdown'?: string
}

function text({ middle, ...attributes }: Line, content: string): string {
  return element('text', { ...attributes, y: middle + textSize * 0.36 }, content)
}

function classOf({ children, isFinal }: ChartState): string {
  const kind = children.length > 0 ? ' is-compound' : isFinal ? ' is-final' : ''
  return `state${kind}`
}

function insides(placed: PlacedState): string[] {
  const { state, box, x, y, width, height } = placed
  const isBare = state.children.length === 0 && box.pieces.length === 0
  const middle = y + (isBare ? height : titleHeight) / 2
  return [
    rectangle(placed, 'box', radius),
    ...(isBare ? [] : [element('path', { class: 'bar', d: barPath(placed) })]),
    text({ class: 'name', x: x + inset, middle }, escaped(state.name)),
    ...(state.isTimed
      ? [text({ class: 'countdown', 'data-countdown': state.id, x: x + width - inset, middle }, '')]
      : []),
    ...box.pieces.map((piece) => pieceOf({ ...piece, x: x + piece.x, y: y + piece.y })),
  ]
}

/** The upper end of a box, in which its name stands. */
function barPath({ x, y, width }: Rectangle): string {
  const [left, bottom, inner] = [x, y + titleHeight, width - 2 * radius].map(rounded)
  const side = titleHeight - radius
  return `M${left} ${bottom}v-${side}q0-${radius} ${radius}-${radius}h${inner}q${radius} 0 ${radius} ${radius}v${side}z`
}

function pieceOf({ edge, event, guard, note, x, y, width }: Piece): string {
  if (note !== undefined) return text({ class: 'note', x, middle: y }, escaped(note))
  const line = text({ class: 'event', x, middle: y }, words(event, guard))
  if (!edge) return line
  const mark = { x: x - 3, y: y - lineHeight / 2 + 1, width: width + 6, height: lineHeight - 2 }
  return edgeGroup(edge, rectangle(mark, 'mark', markRadius), line)
}

function words(event = '', guard = ''): string {
  if (guard === '') return escaped(event)
  return `${escaped(event)} ${element('tspan', { class: 'guard' }, escaped(guard))}`.trimStart()
}

function edgeGroup(edge: Edge, ...content: string[]): string {
  const classes = edge.isIgnored ? 'edge is-ignored' : 'edge'
  return element('g', { class: classes, 'data-edge': edge.id }, titled(edge.title), ...content)
}

function arrowOf({ points, label }: PlacedArrow): string {
  return element(
    'g',
    { class: 'arrow' },
    element('path', { class: 'line', d: linePath(points, label) }),
    element('path', { class: 'head', d: headPath(points) }),
  )
}

/** What shows of each transition along an arrow: its words, and the way that lights up when it is taken. */
function edgesOf({ arrow, points, label }: PlacedArrow): string[] {
  const way = linePath(points, label)
  const centre = label.x + label.width / 2
  return labelOf(arrow.edges).parts.map(({ edge, lines, y, height }) => {
    const top = label.y + y
    return edgeGroup(
      edge,
      element('path', { class: 'trace', d: way }),
      element('path', { class: 'trace-head', d: headPath(points) }),
      rectangle({ ...label, y: top, height }, 'mark', markRadius),
      ...lines.map(({ event, guard }, index) =>
        text(
          { class: 'event is-centred', x: centre, middle: top + (index + 0.5) * lineHeight },
          words(event, guard),
        ),
      ),
    )
  })
}

function originOf({ text: words, ...place }: Chart['origins'][number]): string {
  const x = place.x + place.width / 2
  return element(
    'g',
    { class: 'origin' },
    rectangle(place, 'box', place.height / 2),
    text({ class: 'event is-centred', x, middle: place.y + place.height / 2 }, escaped(words)),
  )
}

function initialOf(points: readonly Point[]): string {
  const [start] = points
  return element(
    'g',
    { class: 'initial' },
    ...(start
      ? [element('circle', { class: 'dot', cx: start.x, cy: start.y - dotSize / 2, r: dotSize / 2 })]
      : []),
    element('path', { class: 'line', d: linePath(points) }),
    element('path', { class: 'head', d: headPath(points) }),
  )
}
