import { Worker } from 'node:worker_threads'
import type { ElkExtendedEdge, ElkNode, ElkShape } from 'elkjs/lib/elk-api.js'
import type { AnyStateMachine } from 'xstate'
import { installing, isNotFound } from '../../packages.ts'
import { type Box, boxOf } from './box.ts'
import { arrowId, elkGraphOf, initialArrowId, originId } from './elk-graph.ts'
import type { Point, Rectangle } from './geometry.ts'
import { type Arrow, type ChartState, graphOf } from './graph.ts'
import { overhang } from './measures.ts'
import { outlineOf } from './outline.ts'

export interface PlacedState extends Rectangle {
  state: ChartState
  box: Box
}

export interface PlacedArrow {
  arrow: Arrow
  points: Point[]
  label: Rectangle
}

/** A statechart with the place of everything, in pixels. */
export interface Chart {
  name: string
  width: number
  height: number
  /** The outer ones first; the first is the machine itself. */
  states: PlacedState[]
  arrows: PlacedArrow[]
  /** Where arrows begin that are taken in several states of a box. */
  origins: (Rectangle & { text: string })[]
  /** From dots to the states that are entered first. */
  initials: Point[][]
}

// Tests run from the sources, and Node 20 cannot load TypeScript in a worker: they use the worker that was built.
const threadUrl = import.meta.url.endsWith('.ts')
  ? new URL('../../../dist/inspector/charts/layout-thread.js', import.meta.url)
  : new URL('./layout-thread.js', import.meta.url)

/**
 * Draws a machine from its own definition. Takes half a second, in a thread of its own: calls go on meanwhile. `isOutline`
 * (default false): the states and what leads from one to another, and no more.
 *
 * @throws Error for a machine with parallel or history states, and where elkjs is not installed
 */
export async function chartOf(
  machine: AnyStateMachine,
  { isOutline = false }: { isOutline?: boolean } = {},
): Promise<Chart> {
  const whole = graphOf(machine)
  const graph = isOutline ? outlineOf(whole) : whole
  const laidOut = await layOut(elkGraphOf(graph, isOutline))
  const nodes = new Map(allNodes(laidOut).map((node) => [node.id, node]))
  const edges = new Map(laidOut.edges?.map((edge) => [edge.id, edge]))
  const states = allStates(graph.root)
  const boxAt = (id: string) => {
    const { x, width, ...others } = rectangleOf(nodes.get(id))
    return { x: x - overhang, width: width + 2 * overhang, ...others }
  }
  return {
    name: graph.root.id,
    width: Math.ceil(laidOut.width ?? 0),
    height: Math.ceil(laidOut.height ?? 0),
    states: states.map((state) => ({ state, box: boxOf(state), ...boxAt(state.id) })),
    arrows: graph.arrows.map((arrow) => {
      const edge = edges.get(arrowId(arrow))
      return { arrow, points: pointsOf(edge), label: rectangleOf(edge?.labels?.[0]) }
    }),
    origins: graph.arrows.flatMap((arrow) =>
      arrow.origin === undefined ? [] : [{ text: arrow.origin, ...boxAt(originId(arrow)) }],
    ),
    initials: states
      .filter(({ initial }) => initial !== undefined)
      .map((state) => pointsOf(edges.get(initialArrowId(state)))),
  }
}

function layOut(graph: ElkNode): Promise<ElkNode> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(threadUrl, { workerData: graph, execArgv: [] })
    thread.once('message', resolve)
    thread.once('error', (error) => reject(explained(error)))
    thread.once('exit', () => reject(new Error('the thread that draws charts has ended without one')))
  })
}

function explained(error: unknown): unknown {
  if (!isNotFound(error)) return error
  return new Error(`Charts need a package: ${installing('elkjs')}`, { cause: error })
}

function allNodes({ children = [] }: ElkNode): ElkNode[] {
  return children.flatMap((child) => [child, ...allNodes(child)])
}

function allStates(state: ChartState): ChartState[] {
  return [state, ...state.children.flatMap(allStates)]
}

function rectangleOf({ x = 0, y = 0, width = 0, height = 0 }: ElkShape = {}): Rectangle {
  return { x, y, width, height }
}

function pointsOf(edge: ElkExtendedEdge | undefined): Point[] {
  return (edge?.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ])
}
