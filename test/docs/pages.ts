import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

/** What a comment such as `<!-- docs: file agent.ts -->` says; readers of the page do not see it. */
export interface Mark {
  word: string
  argument: string
  /** What stands below its first line: code that belongs to the page's programs and is not shown. */
  code: string
  /** Of its first line in the page, from 1. */
  line: number
}

export interface Block {
  /** What follows the three backticks. */
  language: string
  code: string
  /** Of the first line of its code. */
  line: number
  /** Since the block before it. */
  marks: Mark[]
}

export interface Page {
  /** Below the project's folder, with slashes. */
  path: string
  lines: string[]
  blocks: Block[]
  /** Below the last block. */
  lastMarks: Mark[]
  /** The lines of the page without code and comments, each at its place. */
  prose: string[]
}

const shown = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md']

/** All pages for readers; without what others wrote and what is generated. */
export function readPages(): Page[] {
  const docs = readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md') && !/^docs\/(node_modules|reference)\//.test(path))
    .sort()
  return [...shown, ...docs].flatMap((path) => {
    const text = readIfThere(path)
    return text === undefined ? [] : [readPage(path, text)]
  })
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(join(projectRoot, path), 'utf8')
  } catch {
    return undefined
  }
}

export function readPage(path: string, text: string): Page {
  const lines = text.split(/\r?\n/)
  const prose = lines.map(() => '')
  const blocks: Block[] = []
  let marks: Mark[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    const [, indent = '', fence = '', language = ''] = /^( *)(`{3,})\s*(\S*)/.exec(line) ?? []
    if (fence !== '') {
      const end = lines.findIndex((other, at) => at > index && other.trim() === fence)
      if (end === -1) throw new Error(`${path}:${index + 1}: the block is not closed`)
      const code = lines.slice(index + 1, end).map((inner) => inner.slice(indent.length))
      blocks.push({ language, code: code.join('\n'), line: index + 2, marks })
      marks = []
      index = end
    } else if (line.trimStart().startsWith('<!--')) {
      const end = lines.findIndex((other, at) => at >= index && other.includes('-->'))
      if (end === -1) throw new Error(`${path}:${index + 1}: the comment is not closed`)
      const comment = lines.slice(index, end + 1).join('\n')
      const [, word, argument = '', code = ''] =
        /<!-- docs: (\w+) ?([^\n]*?)\s*(?:\n([\s\S]*))?-->/.exec(comment) ?? []
      if (word !== undefined) marks.push({ word, argument, code, line: index + 1 })
      index = end
    } else prose[index] = line
  }
  return { path, lines, blocks, lastMarks: marks, prose }
}

/** The names that links to a page's headings have, as GitHub makes them. */
export function anchorsOf({ prose }: Page): string[] {
  const seen = new Map<string, number>()
  return prose.flatMap((line) => {
    const named = [...line.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name = '']) => name)
    const [, heading] = /^#{1,6} (.+?)\s*#*$/.exec(line) ?? []
    if (heading === undefined) return named
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]*>/g, '')
    const slug = words
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    const earlier = seen.get(slug)
    seen.set(slug, (earlier ?? -1) + 1)
    return [...named, earlier === undefined ? slug : `${slug}-${earlier + 1}`]
  })
}
