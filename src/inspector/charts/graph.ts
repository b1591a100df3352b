import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { edgeIdOf } from './identity.ts'
import { actionTexts, eventText, guardText, invokedBy } from './words.ts'

/** One transition, in words. */
export interface Edge {
  id: string
  event: string
  guard?: string
  /** The whole of it, as a sentence. */
  title: string
  /** The event is taken, and nothing is done with it. */
  isIgnored: boolean
  /** The name of the state that it leads back to: this one, or one around it. */
  backTo?: string
}

/** The transitions of one event that are told inside a state's box. */
export interface Row {
  event: string
  edges: Edge[]
}

export interface ChartState {
  id: string
  name: string
  isFinal: boolean
  /** Names of the actors that run while it is active. */
  invoked: string[]
  /** A delay runs while it is active. */
  isTimed: boolean
  rows: Row[]
  children: ChartState[]
  initial?: string
}

/** All transitions from one state to another. */
export interface Arrow {
  source: string
  target: string
  /** The target is inside the source: in which of its states it is taken, such as `any state`. */
  origin?: string
  edges: Edge[]
}

export interface Graph {
  root: ChartState
  arrows: Arrow[]
}

/** @throws Error for a machine with parallel or history states, which nobody has drawn yet */
export function graphOf({ root }: AnyStateMachine): Graph {
  const arrows = new Map<string, Arrow>()
  return { root: stateOf(root, arrows), arrows: [...arrows.values()] }
}

function stateOf(node: AnyStateNode, arrows: Map<string, Arrow>): ChartState {
  if (node.type === 'parallel' || node.type === 'history') {
    throw new Error(`the chart of a ${node.type} state cannot be drawn: ${node.id}`)
  }
  const rows = new Map<string, Row>()
  for (const transition of transitionsOf(node)) {
    const target = transition.target?.[0]
    const isBack = target && (target === node || isWithin(node, target))
    const edge = edgeOf(transition, isBack ? target : undefined)
    if (target && !isBack) {
      const key = JSON.stringify([node.id, target.id])
      const origin = isWithin(target, node) ? { origin: 'any state' } : {}
      const arrow = arrows.get(key) ?? { source: node.id, target: target.id, ...origin, edges: [] }
      arrow.edges.push(edge)
      arrows.set(key, arrow)
    } else {
      const row = rows.get(edge.event) ?? { event: edge.event, edges: [] }
      row.edges.push(edge)
      rows.set(edge.event, row)
    }
  }
  const children = Object.values(node.states).map((child) => stateOf(child, arrows))
  const initial = node.type === 'compound' ? node.initial.target[0]?.id : undefined
  return {
    id: node.id,
    name: node.key,
    isFinal: node.type === 'final',
    invoked: invokedBy(node).map(({ name }) => name),
    isTimed: node.after.length > 0,
    rows: [...rows.values()],
    children,
    ...(initial === undefined ? {} : { initial }),
  }
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...node.transitions.values(), node.always ?? []].flat()
}

function isWithin({ parent }: AnyStateNode, outer: AnyStateNode): boolean {
  return parent !== undefined && (parent === outer || isWithin(parent, outer))
}

function edgeOf(transition: AnyTransitionDefinition, back: AnyStateNode | undefined): Edge {
  const guard = guardText(transition)
  return {
    id: edgeIdOf(transition),
    event: eventText(transition),
    ...(guard === undefined ? {} : { guard }),
    title: titleOf(transition),
    isIgnored: transition.target === undefined && transition.actions.length === 0,
    ...(back === undefined ? {} : { backTo: back.key }),
  }
}

function titleOf(transition: AnyTransitionDefinition): string {
  const { source, target } = transition
  const guard = guardText(transition)
  const condition = guard === undefined ? '' : guard === 'else' ? ', otherwise' : `, if ${guard}`
  const actions = actionTexts(transition)
  const effects = actions.length === 0 ? '' : `; does ${actions.join(', ')}`
  const to = target?.[0] ? `${source.key} → ${target[0].key}` : `stays in ${source.key}`
  return `${eventText(transition)}${condition}: ${to}${effects}`
}
