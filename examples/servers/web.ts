import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'
import { openDocuments } from './documents.ts'
import { shorten } from './html.ts'
import { readPage } from './page.ts'
import { serve } from './serve.ts'
import { webSource } from './sources.ts'

const maxResults = 5
const maxSpokenResults = 3
const maxPageLength = 20_000
const maxKnownUrls = 1_000
const annotations = { readOnlyHint: true, idempotentHint: true, openWorldHint: true }

const resultSchema = z.object({ title: z.string(), url: z.string(), snippet: z.string() })
type Result = z.infer<typeof resultSchema>

const documents = openDocuments()
/** The URLs that searches returned, oldest first: nothing else is fetched. */
const knownUrls = new Set<string>()

function createServer(): McpServer {
  const server = new McpServer({ name: 'web', version: '0.1.0' })
  server.registerTool(
    'search_web',
    {
      title: 'Search the web',
      description: 'Searches for pages about something. Says where each result comes from.',
      inputSchema: {
        query: z
          .string()
          .describe('What to search for, in a few words')
          .meta({
            examples: ['state machines', 'supervised actors', 'honest errors', 'voice agents'],
            minLength: 1,
          }),
      },
      outputSchema: { query: z.string(), source: z.string(), results: z.array(resultSchema) },
      annotations,
    },
    ({ query }, { signal }) => searchWeb(query.trim(), signal),
  )
  server.registerTool(
    'fetch_page',
    {
      title: 'Read a page',
      description: 'The text of a page that search_web found.',
      inputSchema: { url: z.string().describe('A URL from the results of search_web') },
      annotations,
    },
    ({ url }, { signal }) => fetchPage(url.trim(), signal),
  )
  return server
}

async function searchWeb(query: string, signal: AbortSignal): Promise<CallToolResult> {
  if (query === '') throw new Error('Nothing was searched. The query is empty: say what to search for.')
  const source = webSource()
  if (source !== undefined) {
    const results = await source.search(query, maxResults, signal)
    const spoken = results.map((result) => ({ ...result, place: `on ${new URL(result.url).hostname}` }))
    return found(query, source.name, `with ${source.name}`, spoken)
  }
  const answer = await documents.search(query, maxResults)
  const spoken = answer.documents.map(({ file, ...result }) => ({ ...result, place: `in ${file}` }))
  return found(query, 'documents', 'in the documents of this folder', spoken, answer.complete)
}

function found(
  query: string,
  source: string,
  where: string,
  results: (Result & { place: string })[],
  complete = true,
): CallToolResult {
  for (const { url } of results) remember(url)
  const count = `${results.length} ${results.length === 1 ? 'page' : 'pages'}`
  const subject = shorten(query, 120)
  const heading =
    results.length === 0
      ? `I found nothing about ${subject} ${where}.`
      : complete
        ? `I found ${count} about ${subject} ${where}.`
        : `I found no page with all the words of ${subject} ${where}, but ${count} with some of them.`
  const sentences = results.slice(0, maxSpokenResults).map(({ title, place, snippet }, position) => {
    const end = snippet === '' ? '.' : `: ${/[.!?…]$/.test(snippet) ? snippet : `${snippet}.`}`
    return `The ${['first', 'second', 'third'][position]} is "${title.replaceAll('"', "'")}" ${place}${end}`
  })
  const lines = results.map(({ title, url }, position) => `${position + 1}. ${title} (${source}): ${url}`)
  const text = [[heading, ...sentences].join(' '), ...lines].join('\n')
  return {
    content: [{ type: 'text', text }],
    structuredContent: {
      query,
      source,
      results: results.map(({ title, url, snippet }) => ({ title, url, snippet })),
    },
  }
}

function remember(url: string): void {
  knownUrls.delete(url)
  knownUrls.add(url)
  const [oldest] = knownUrls
  if (knownUrls.size > maxKnownUrls && oldest !== undefined) knownUrls.delete(oldest)
}

async function fetchPage(url: string, signal: AbortSignal): Promise<CallToolResult> {
  if (!knownUrls.has(url))
    throw new Error(
      'The page was not read. Only pages that search_web has found can be read: search first, then give a URL from its results.',
    )
  if (url.startsWith('file:')) {
    const document = await documents.read(url)
    if (document === undefined)
      throw new Error('The page was not read. The document is no longer in the folder: search again.')
    return pageText(
      `This is ${document.file}, from the documents of this folder (${url}).`,
      document.text,
      true,
    )
  }
  const page = await readPage(url, signal)
  return pageText(
    `This is ${page.title === '' ? 'the page' : `"${page.title}"`} at ${page.url}.`,
    page.text,
    page.complete,
  )
}

function pageText(heading: string, text: string, complete: boolean): CallToolResult {
  const part = !complete || text.length > maxPageLength ? ' It is long; this is its beginning.' : ''
  return { content: [{ type: 'text', text: `${heading}${part}\n\n${shorten(text, maxPageLength)}` }] }
}

await serve({
  name: 'web',
  help: `Tools: search_web(query), fetch_page(url)

Where it searches; the first one that is set (an empty variable counts as not set):
  BRAVE_API_KEY        Brave Search (BRAVE_URL: another address of its API)
  SEARXNG_URL          a SearXNG server that answers in JSON
  DOCUMENTS_DIR        a folder with .md, .txt and .html files (default: this project's documents)

  ALLOWED_HOSTS        private hosts whose pages may be read, as host:port, separated by commas
  UPSTREAM_TIMEOUT_MS  how long a search service or a page may take (default: 8000)`,
  createServer,
})
