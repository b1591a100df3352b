import type { Node } from 'jsonc-parser'

/** How a text is laid out. */
export interface Layout {
  unit: string
  eol: '\n' | '\r\n'
}

const maxLineCharacters = 100

export function layoutOf(text: string): Layout {
  // A comment before the first brace may be indented as it likes.
  const [, unit = '  '] = /\n([ \t]+)["}]/.exec(text) ?? []
  return { unit, eol: text.includes('\r\n') ? '\r\n' : '\n' }
}

export interface Property {
  name: string
  value: unknown
  /** Above it, a line or more. */
  comment?: string
}

/**
 * The text with one more property at the end of an object in it; nothing else of it changes. (jsonc-parser's own `modify` lays the
 * neighbour out anew, and takes a comment from the end of its line.)
 */
export function withProperty(text: string, object: Node, { name, value, comment }: Property): string {
  const { unit, eol } = layoutOf(text)
  const outer = indentAt(text, object.offset)
  const inner = `${outer}${unit}`
  const close = object.offset + object.length - 1
  const last = object.children?.at(-1)
  const lastEnd = last ? last.offset + last.length : object.offset + 1
  // Comments behind the last property stay with it.
  const tail = text.slice(lastEnd, close)
  const kept = tail.trimEnd()
  const comma = last && !hasComma(tail) ? ',' : ''
  const above = (comment?.split('\n') ?? []).map((line) => `${inner}// ${line}${eol}`).join('')
  const property = `${eol}${above}${inner}${JSON.stringify(name)}: ${written(value, inner, { unit, eol })}`
  return `${text.slice(0, lastEnd)}${comma}${kept}${property}${eol}${outer}${text.slice(close)}`
}

/** As a person would write it: what is short in one line, objects in several. */
export function written(value: unknown, indent: string, layout: Layout): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const isList = Array.isArray(value)
  const inner = `${indent}${layout.unit}`
  const parts = Object.entries(value).map(([key, part]) =>
    isList ? written(part, inner, layout) : `${JSON.stringify(key)}: ${written(part, inner, layout)}`,
  )
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (parts.length === 0) return open + close
  const isFlat = Object.values(value).every((part) => typeof part !== 'object')
  const space = isList ? '' : ' '
  const short = `${open}${space}${parts.join(', ')}${space}${close}`
  if (isFlat && inner.length + short.length <= maxLineCharacters) return short
  const lines = parts.map((part) => `${inner}${part}`).join(`,${layout.eol}`)
  return `${open}${layout.eol}${lines}${layout.eol}${indent}${close}`
}

/** Of the line in which something stands. */
export function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? ''
}

/** A comma in a comment is none. */
function hasComma(text: string): boolean {
  const withoutComments = text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '')
  return withoutComments.trimStart().startsWith(',')
}
