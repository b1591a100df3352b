import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type MiniSearch from 'minisearch'
import { environment } from './environment.ts'
import { htmlToText, oneLine, shorten } from './html.ts'
import { type Section, sectionsOf } from './sections.ts'

const maxDocuments = 2_000
const maxDocumentBytes = 1_000_000
const maxSnippetLength = 160
const readable = new Set(['.md', '.txt', '.html', '.htm'])
const stopWords = new Set(
  'a about an and are as at be by do does for from how i in is it me of on or that the this to was what when where which who why with you'.split(
    ' ',
  ),
)

export interface FoundDocument {
  title: string
  url: string
  snippet: string
  /** The file's path below the folder. */
  file: string
}

/** `complete`: each document has all words of the query in one section; otherwise some of them. */
export interface DocumentAnswer {
  complete: boolean
  documents: FoundDocument[]
}

export interface Documents {
  search(query: string, limit: number): Promise<DocumentAnswer>
  /** Undefined: the URL is not one of a document in the index. */
  read(url: string): Promise<{ file: string; text: string } | undefined>
}

/** The documents of `DOCUMENTS_DIR`, or of this project. Throws, with what to configure, when there are none. */
export function openDocuments(): Documents {
  let state: { stamp: string; sections: Map<string, Section>; index: MiniSearch<Section> } | undefined

  async function current() {
    const { root, files } = await listDocuments()
    const stamp = files.map(({ path, size, mtimeMs }) => `${path}\0${size}\0${mtimeMs}`).join('\n')
    if (state?.stamp !== stamp) {
      const all = await Promise.all(
        files.map(async ({ path }) =>
          sectionsOf({
            file: relative(root, path).split(sep).join('/'),
            url: pathToFileURL(path).href,
            ...(await readDocument(path)),
          }),
        ),
      )
      const sections = all.flat()
      const index = await createIndex()
      index.addAll(sections)
      state = { stamp, sections: new Map(sections.map((section) => [section.id, section])), index }
    }
    return state
  }

  return {
    async search(query, limit) {
      const { index, sections } = await current()
      const documentsOf = (combineWith: 'AND' | 'OR') => {
        const best = new Map<string, FoundDocument>()
        for (const { id } of index.search(query, {
          combineWith,
          prefix: (term) => term.length > 3,
          boost: { title: 2 },
        })) {
          const section = sections.get(String(id))
          if (section === undefined || best.has(section.url)) continue
          const { title, url, file } = section
          best.set(url, { title, url, file, snippet: snippetOf(section, query) })
        }
        return [...best.values()].slice(0, limit)
      }
      const complete = documentsOf('AND')
      return complete.length > 0
        ? { complete: true, documents: complete }
        : { complete: false, documents: documentsOf('OR') }
    },

    async read(url) {
      const { sections } = await current()
      for (const section of sections.values())
        if (section.url === url)
          return { file: section.file, text: (await readDocument(fileURLToPath(url))).text }
      return undefined
    },
  }
}

async function createIndex(): Promise<MiniSearch<Section>> {
  const module = await import('minisearch').catch(() => {
    throw new Error(
      'The documents cannot be searched. The package minisearch is missing: npm install minisearch.',
    )
  })
  return new module.default<Section>({
    fields: ['title', 'text', 'file'],
    processTerm: (term) => {
      const word = term.toLowerCase()
      if (stopWords.has(word)) return null
      return word.length > 3 ? word.replace(/(?<=[^s])s$/, '') : word
    },
  })
}

async function listDocuments() {
  const configured = environment('DOCUMENTS_DIR')
  const root = configured === undefined ? packageRoot() : resolve(configured)
  const files: { path: string; size: number; mtimeMs: number }[] = []

  async function collect(path: string): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true })
    for (const entry of entries.sort((one, other) => one.name.localeCompare(other.name))) {
      const child = join(path, entry.name)
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      if (entry.isDirectory()) await collect(child)
      else if (entry.isFile()) await add(child)
    }
  }
  async function add(path: string): Promise<void> {
    if (files.length >= maxDocuments || !readable.has(extname(path).toLowerCase())) return
    const { size, mtimeMs } = await stat(path)
    if (size > 0 && size <= maxDocumentBytes) files.push({ path, size, mtimeMs })
  }

  const howToConfigure =
    'Set DOCUMENTS_DIR to a folder with .md, .txt or .html files, or set BRAVE_API_KEY or SEARXNG_URL to search the web.'
  try {
    if (configured !== undefined) await collect(root)
    else {
      if (existsSync(join(root, 'README.md'))) await add(join(root, 'README.md'))
      if (existsSync(join(root, 'docs'))) await collect(join(root, 'docs'))
    }
  } catch {
    throw new Error(`Nothing was searched. The folder ${basename(root)} cannot be read. ${howToConfigure}`)
  }
  if (files.length === 0)
    throw new Error(
      `Nothing was searched. There are no documents in the folder ${basename(root)}. ${howToConfigure}`,
    )
  return { root, files }
}

/** The first folder upwards with a package.json: this file runs from examples/servers and from dist/examples/servers. */
function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder))
    if (existsSync(join(folder, 'package.json'))) return folder
  return start
}

async function readDocument(path: string): Promise<{ title: string; text: string }> {
  const content = (await readFile(path, 'utf8')).replaceAll('\r\n', '\n')
  return /\.html?$/i.test(path) ? htmlToText(content) : { title: '', text: content }
}

/** The sentence of the section with most words of the query. */
function snippetOf(section: Section, query: string): string {
  const words = query
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !stopWords.has(word))
    .map((word) => (word.length > 3 ? word.replace(/s$/, '') : word))
  let best = { sentence: '', score: -1 }
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'sentence' }).segment(section.prose)) {
    const sentence = oneLine(segment)
    const score = words.filter((word) => sentence.toLowerCase().includes(word)).length
    if (sentence !== '' && score > best.score) best = { sentence, score }
  }
  return shorten(best.sentence, maxSnippetLength)
}
