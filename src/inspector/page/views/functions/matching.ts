import type { FunctionView } from '../../../wire.ts'

/** Those in which each word of the filter stands somewhere: in the name, in the title, in the description, or in the name of a server. */
export function matching(functions: readonly FunctionView[], filter: string): FunctionView[] {
  const words = filter.toLowerCase().split(/\s+/)
  return functions.filter(({ name, title = '', description, servers }) => {
    const text = [name, title, description, ...servers].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
