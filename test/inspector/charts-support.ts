import { type AnyStateMachine, type AnyStateNode, and, fromPromise, not, setup } from 'xstate'
import { edgeIdOf } from '../../src/inspector/charts/index.ts'

type ClockEvent =
  | { type: 'up' | 'next' | 'cross' | 'again' | 'self' | 'inside' | 'deep' | 'home' | 'wind <&"up">' }
  | { type: 'loop'; times: number }

/** Has everything that our own machines do not have. */
export const clockMachine = setup({
  types: { events: {} as ClockEvent },
  actors: { fetch: fromPromise<number>(() => new Promise(() => {})) },
  delays: { soon: 1_000 },
  guards: { isLate: () => false, isLoud: () => true },
  actions: { ring: () => {} },
}).createMachine({
  id: 'clock',
  initial: 'outer',
  on: {
    again: { target: '#clock', reenter: true },
    deep: '.outer.inner.second',
    '*': { actions: 'ring' },
  },
  states: {
    outer: {
      initial: 'inner',
      onDone: 'end <&"1">',
      invoke: {
        src: 'fetch',
        onDone: 'end <&"1">',
        onError: [{ guard: 'isLate', target: 'failed' }, { actions: 'ring' }],
      },
      on: { self: { target: 'outer', reenter: true }, inside: '.inner' },
      after: { soon: '.over', 500: { guard: 'isLate', target: 'failed' } },
      states: {
        inner: {
          initial: 'first',
          states: {
            first: {
              on: {
                up: { target: '#clock.outer', actions: 'ring' },
                next: 'second',
                cross: '#clock.side.sub',
                loop: [{ guard: ({ event }) => event.times > 1, target: 'first', reenter: true }, {}],
              },
            },
            second: {
              always: { guard: and(['isLate', not('isLoud')]), target: 'first' },
              on: { 'wind <&"up">': '#clock.failed' },
            },
          },
        },
        over: { type: 'final' },
      },
    },
    side: { initial: 'sub', states: { sub: { on: { home: '#clock.outer.inner' } } } },
    'end <&"1">': { type: 'final' },
    failed: {},
  },
})

export function stateIdsOf({ root }: AnyStateMachine): string[] {
  return nodesOf(root).flatMap(({ parent, id }) => (parent ? [id] : []))
}

export function edgeIdsOf({ root }: AnyStateMachine): string[] {
  return nodesOf(root).flatMap(({ transitions, always = [] }) =>
    [...transitions.values(), always].flat().map(edgeIdOf),
  )
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

export interface XmlElement {
  name: string
  attributes: Record<string, string>
  /** Of itself and all that it holds. */
  text: string
  parent: XmlElement | undefined
}

const tag = /<(\/?)(\w+)((?:\s[\w-]+="(?:[^"<&]|&(?:amp|lt|gt|quot);)*")*)(\/?)>/y
const words = /(?:[^<>&]|&(?:amp|lt|gt|quot);)+/y

/** All elements in the order of their beginnings. @throws Error where the text is not well-formed XML */
export function readXml(xml: string): XmlElement[] {
  const elements: XmlElement[] = []
  let open: XmlElement | undefined
  for (let at = 0; at < xml.length; ) {
    words.lastIndex = at
    tag.lastIndex = at
    const [text] = words.exec(xml) ?? []
    const [whole, closing, name = '', attributes = '', empty] = tag.exec(xml) ?? []
    if (text === undefined && whole === undefined) throw new Error(`not XML: ${xml.slice(at, at + 80)}`)
    at += (text ?? whole ?? '').length
    if (text !== undefined) {
      for (let one = open; one; one = one.parent) one.text += unescaped(text)
    } else if (closing) {
      if (open?.name !== name) throw new Error(`</${name}> does not close <${open?.name}>`)
      open = open.parent
    } else {
      const element: XmlElement = { name, attributes: readAttributes(attributes), text: '', parent: open }
      elements.push(element)
      if (!empty) open = element
    }
  }
  if (open) throw new Error(`<${open.name}> is not closed`)
  return elements
}

function readAttributes(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new Error(`an attribute twice: ${text}`)
  return Object.fromEntries(pairs.map(([name, value = '']) => [name, unescaped(value)]))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
