import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs/lib/elk-api.js'
import { boxOf } from './box.ts'
import type { Arrow, ChartState, Graph } from './graph.ts'
import { labelOf } from './label.ts'
import { inset, overhang, textWidth, titleHeight } from './measures.ts'

export const dotSize = 10

/** In 0.12.1 `considerModelOrder` and the cycle breakers of model order crash. The seed: of twenty tried, the most compact. */
const layered: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '13',
  'elk.layered.thoroughness': '40',
  'elk.layered.layering.strategy': 'LONGEST_PATH',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'TAIL_LAYER',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.spacing.nodeNode': '44',
  'elk.spacing.edgeNode': '30',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '6',
  'elk.spacing.labelNode': '10',
  'elk.spacing.portPort': '24',
}

/** For pictures that stand in a page of text, which is narrow. The seed: of twenty tried, the narrowest. */
const narrow: LayoutOptions = {
  ...layered,
  'elk.randomSeed': '16',
  'elk.layered.layering.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '22',
  'elk.spacing.edgeEdge': '12',
}

const whole: LayoutOptions = {
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.padding': `[top=1,left=${1 + overhang},bottom=1,right=${1 + overhang}]`,
}

/** What elkjs is given: a node for each state, dot and origin, an edge for each arrow. */
export function elkGraphOf({ root: machine, arrows }: Graph, isNarrow = false): ElkNode {
  const layout = isNarrow ? narrow : layered
  const edges = [...initialEdges(machine), ...arrows.map(edgeOf)]
  const ends = edges.flatMap(({ sources, targets }) => [...sources, ...targets])
  const isChain = ends.every((end) => ends.filter((other) => other === end).length <= 2)
  const root = nodeOf(machine, arrows, { layout, flexibility: isChain ? {} : stretchable })
  return { id: '', layoutOptions: { ...layout, ...whole }, children: [root], edges }
}

/** A box with many lines becomes as wide as they need to be straight. */
const stretchable: LayoutOptions = {
  'elk.layered.nodePlacement.networkSimplex.nodeFlexibility': 'NODE_SIZE',
  'elk.spacing.portPort': '24',
}

function initialId({ id }: ChartState): string {
  return `initial ${id}`
}

export function originId({ source, target }: Arrow): string {
  return `origin ${source} ${target}`
}

export function arrowId({ source, target }: Arrow): string {
  return `arrow ${source} ${target}`
}

export function initialArrowId({ id }: ChartState): string {
  return `arrow initial ${id}`
}

interface Style {
  layout: LayoutOptions
  flexibility: LayoutOptions
}

function nodeOf(state: ChartState, arrows: readonly Arrow[], style: Style): ElkNode {
  const { layout, flexibility } = style
  const { id, children } = state
  const box = boxOf(state)
  const width = box.width - 2 * overhang
  if (children.length === 0) return { id, width, height: box.height, layoutOptions: flexibility }
  const side = inset + 4
  const dot = {
    id: initialId(state),
    // As wide as the box has to be: elkjs grants one with others inside no width of its own.
    width: Math.max(dotSize, width - 2 * side),
    height: dotSize,
    layoutOptions: { ...flexibility, 'elk.layered.layering.layerConstraint': 'FIRST' },
  }
  const origins = arrows
    .filter(({ source, origin }) => origin !== undefined && source === id)
    .map((arrow) => ({ id: originId(arrow), ...originSize(arrow) }))
  const padding = `[top=${box.height + inset},left=${side},bottom=${side},right=${side}]`
  return {
    id,
    layoutOptions: { ...layout, 'elk.padding': padding },
    children: [dot, ...origins, ...children.map((child) => nodeOf(child, arrows, style))],
  }
}

function originSize({ origin = '' }: Arrow): { width: number; height: number } {
  return { width: textWidth(origin) + 2 * (inset - overhang), height: titleHeight - 8 }
}

function initialEdges(state: ChartState): ElkExtendedEdge[] {
  const { initial } = state
  const own =
    initial === undefined
      ? []
      : [{ id: initialArrowId(state), sources: [initialId(state)], targets: [initial] }]
  return [...own, ...state.children.flatMap(initialEdges)]
}

function edgeOf(arrow: Arrow): ElkExtendedEdge {
  const { width, height } = labelOf(arrow.edges)
  const layoutOptions = { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' }
  return {
    id: arrowId(arrow),
    sources: [arrow.origin === undefined ? arrow.source : originId(arrow)],
    targets: [arrow.target],
    // One without a text is passed over.
    labels: [{ text: arrowId(arrow), width, height, layoutOptions }],
  }
}
