import type { Block, Mark, Page } from './pages.ts'

/** A file that a page shows, in one block or in several. */
export interface ShownFile {
  page: Page
  /** Below the folder of its page. */
  name: string
  language: string
  /** Each line where it stands in the page. */
  text: string
  /** The exit code that it ends with when it is run; nothing: it is not run. */
  exitCode?: number
}

const extensions: Readonly<Record<string, string>> = {
  ts: 'ts',
  js: 'js',
  mjs: 'mjs',
  json: 'json',
  jsonc: 'json',
  sh: 'sh',
  yaml: 'yaml',
}

/**
 * A block is a file of its own, but for what comments say:
 * - `<!-- docs: continues -->`: it belongs to the file before it.
 * - `<!-- docs: file NAME -->`: the file's name, by which others of the page import it. With code below, that is the file.
 * - `<!-- docs: before` and code: stands above the block, in its file.
 * - `<!-- docs: after` and code: stands below, in the same file.
 * - `<!-- docs: run -->`: it is run, and ends with exit code 0, or with that which is named.
 * - `<!-- docs: skip REASON -->`: it is not checked.
 */
export function filesOf(page: Page): ShownFile[] {
  const files: ShownFile[] = []
  for (const block of page.blocks) {
    const { begun, isSkipped, ...marked } = readMarks(page, block.marks, files)
    const extension = extensions[block.language]
    if (extension === undefined || isSkipped) continue
    const piece = atItsPlace(block)
    const earlier = files.at(-1)
    if (marked.continues) {
      if (earlier === undefined) throw wrong(page, block.line, 'continues nothing')
      earlier.text = merged(earlier.text, piece)
      if (marked.exitCode !== undefined) earlier.exitCode = marked.exitCode
      continue
    }
    files.push({
      page,
      name: marked.name ?? `line-${block.line}.${extension}`,
      language: block.language,
      text: begun === undefined ? piece : merged(begun, piece),
      ...(marked.exitCode === undefined ? {} : { exitCode: marked.exitCode }),
    })
  }
  readMarks(page, page.lastMarks, files)
  return files
}

interface Marked {
  begun?: string
  name?: string
  exitCode?: number
  continues: boolean
  isSkipped: boolean
}

/** What is marked for the next block; what belongs to a block before it, or to none, goes into `files`. */
function readMarks(page: Page, marks: readonly Mark[], files: ShownFile[]): Marked {
  const marked: Marked = { continues: false, isSkipped: false }
  for (const mark of marks) {
    const { word, argument, line } = mark
    const code = atItsPlace({ code: mark.code, line: line + 1 })
    if (word === 'before') marked.begun = code
    else if (word === 'continues') marked.continues = true
    else if (word === 'skip' && argument !== '') marked.isSkipped = true
    else if (word === 'run') marked.exitCode = Number(argument)
    else if (word === 'file' && mark.code === '') marked.name = argument
    else if (word === 'file') {
      const language = /\.(\w+)$/.exec(argument)?.[1] ?? ''
      files.push({ page, name: argument, language, text: code })
    } else if (word === 'after') {
      const file = files.at(-1)
      if (file === undefined) throw wrong(page, line, 'stands below no block')
      file.text = merged(file.text, code)
    } else throw wrong(page, line, `"docs: ${word} ${argument}" means nothing`)
  }
  return marked
}

function wrong({ path }: Page, line: number, problem: string): Error {
  return new Error(`${path}:${line}: ${problem}`)
}

function atItsPlace({ code, line }: Pick<Block, 'code' | 'line'>): string {
  return '\n'.repeat(line - 1) + code
}

function merged(text: string, below: string): string {
  const lines = text.split('\n')
  return [...lines, ...below.split('\n').slice(lines.length)].join('\n')
}
