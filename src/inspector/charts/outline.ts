import type { Arrow, ChartState, Edge, Graph } from './graph.ts'

/** So many lines to one state are drawn as one. */
const manySources = 4

/** A graph without what is done in a state and stays there; what leads to one state from many begins at their names. */
export function outlineOf({ root, arrows }: Graph): Graph {
  const names = namesOf(root)
  const targets = [...new Set(arrows.map(({ target }) => target))]
  const drawn = targets.flatMap((target) => {
    const all = arrows.filter((arrow) => arrow.target === target)
    const [first] = all
    if (!first || all.length < manySources || all.some(({ source }) => source === root.id)) return all
    const isShared = (edge: Edge) => all.every(({ edges }) => edges.some((other) => isAlike(edge, other)))
    const origin = all.map(({ source }) => names.get(source)).join(', ')
    const shared = { source: root.id, target, origin, edges: first.edges.filter(isShared) }
    const others = all.map((arrow) => ({ ...arrow, edges: arrow.edges.filter((edge) => !isShared(edge)) }))
    return [shared, ...others].filter(({ edges }: Arrow) => edges.length > 0)
  })
  return { root: withoutRows(root), arrows: drawn }
}

function isAlike(one: Edge, other: Edge): boolean {
  return one.event === other.event && one.guard === other.guard
}

function withoutRows(state: ChartState): ChartState {
  return { ...state, rows: [], children: state.children.map(withoutRows) }
}

function namesOf({ id, name, children }: ChartState): Map<string, string> {
  return new Map([[id, name], ...children.flatMap((child) => [...namesOf(child)])])
}
