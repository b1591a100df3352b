import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { alternativesOf } from './identity.ts'

/** What leads to a transition, as one reads it: `call.start`, `after backOff`, `always`, `any child failed`. */
export function eventText({ eventType, source }: AnyTransitionDefinition): string {
  if (eventType === '') return 'always'
  if (eventType === '*') return 'any other event'
  const [, delay] = eventType.split('xstate.after.')
  if (delay !== undefined) return `after ${inMs(delay.slice(0, -`.${source.id}`.length))}`
  if (eventType.startsWith('xstate.done.state.')) return 'done'
  const [, how, actor] = eventType.match(/^xstate\.(done|error)\.actor\.(.+)$/) ?? []
  if (how === undefined || actor === undefined) return eventType
  return `${childText(source, actor)} ${how === 'done' ? 'done' : 'failed'}`
}

function inMs(delay: string): string {
  return /^\d+$/.test(delay) ? `${delay} ms` : delay
}

function childText(source: AnyStateNode, actor: string): string {
  if (actor === '*') return 'any child'
  return invokedBy(source).find(({ id }) => id === actor)?.name ?? actor
}

/** What runs while a state is active. */
export function invokedBy({ invoke }: AnyStateNode): { id: string; name: string }[] {
  return invoke.map(({ id, src }) => ({ id, name: typeof src === 'string' ? src : id }))
}

/** `else` where others are tried before; a guard without a name has its place among them, counted from 1. */
export function guardText(transition: AnyTransitionDefinition): string | undefined {
  const place = alternativesOf(transition).indexOf(transition)
  if (transition.guard !== undefined) return nameOf(transition.guard) ?? `#${place + 1}`
  return place > 0 ? 'else' : undefined
}

function nameOf(guard: unknown): string | undefined {
  if (typeof guard === 'string') return guard
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type)
  // What `and`, `or` and `not` make.
  if (typeof guard !== 'function' || !('guards' in guard) || !Array.isArray(guard.guards)) return undefined
  const names = guard.guards.map(nameOf)
  if (names.includes(undefined)) return undefined
  return guard.name === 'not' ? `not ${names.join()}` : names.join(` ${guard.name} `)
}

/** Those that have names: most are written in place. */
export function actionTexts({ actions }: AnyTransitionDefinition): string[] {
  return actions
    .map((action) => (typeof action === 'string' ? action : 'type' in action ? action.type : action.name))
    .filter((name) => /^(?!xstate\.|actions?$)./.test(name))
}
