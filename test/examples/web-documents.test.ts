import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import {
  call,
  connectCommand,
  connectStdio,
  program,
  projectRoot,
  searchOf,
  temporaryFolder,
} from './support.ts'

async function documents(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const library = {
  'guide/life.md': `# The guide

Something else.

## A server's life

Nobody knows why. Every server has a **state machine**, see [the list](list.md). It ends.

\`\`\`sh
# no heading
state machine in code
\`\`\`
`,
  'notes.txt': 'Notes of monday\n\nWe drew two state machines on the board.',
  'page.html':
    '<html><head><title>Gears &amp; machines</title><script>state machines</script></head><body><p>A steam machine.</p></body></html>',
  'image.png': 'state machines',
}

test('the tools carry examples for the rehearsal, an output schema and read-only annotations', async () => {
  const { tools } = await (await connectStdio('web')).listTools()

  expect(tools.map(({ name, annotations }) => ({ name, annotations }))).toEqual(
    ['search_web', 'fetch_page'].map((name) => ({
      name,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true },
    })),
  )
  expect(tools[0]?.inputSchema.properties).toEqual({
    query: {
      type: 'string',
      description: 'What to search for, in a few words',
      minLength: 1,
      examples: ['state machines', 'supervised actors', 'honest errors', 'voice agents'],
    },
  })
  expect(tools[0]?.outputSchema?.required).toEqual(['query', 'source', 'results'])
})

test('a search says what was found, in which section of which file, in words that can be spoken', async () => {
  const folder = await documents(library)
  const client = await connectStdio('web', { DOCUMENTS_DIR: folder })

  const answer = await call(client, 'search_web', { query: 'state machines' })

  const life = pathToFileURL(join(folder, 'guide/life.md')).href
  const notes = pathToFileURL(join(folder, 'notes.txt')).href
  expect(answer.isError).toBe(false)
  expect(answer.text.split('\n')).toEqual([
    'I found 2 pages about state machines in the documents of this folder. ' +
      'The first is "A server\'s life" in guide/life.md: Every server has a state machine, see the list. ' +
      'The second is "Notes of monday" in notes.txt: We drew two state machines on the board.',
    `1. A server's life (documents): ${life}`,
    `2. Notes of monday (documents): ${notes}`,
  ])
  expect(searchOf(answer)).toEqual({
    query: 'state machines',
    source: 'documents',
    results: [
      { title: "A server's life", url: life, snippet: 'Every server has a state machine, see the list.' },
      { title: 'Notes of monday', url: notes, snippet: 'We drew two state machines on the board.' },
    ],
  })
})

test('pages with only some of the words are not passed off as matches', async () => {
  const client = await connectStdio('web', { DOCUMENTS_DIR: await documents(library) })

  const answer = await call(client, 'search_web', { query: 'steam trains' })

  expect(answer.text).toContain(
    'I found no page with all the words of steam trains in the documents of this folder, but 1 page with some of them. ' +
      'The first is "Gears & machines" in page.html: A steam machine.',
  )
})

test('a search without a match is an answer, not an error', async () => {
  const client = await connectStdio('web', { DOCUMENTS_DIR: await documents(library) })

  const answer = await call(client, 'search_web', { query: 'zeppelins' })

  expect(answer).toEqual({
    text: 'I found nothing about zeppelins in the documents of this folder.',
    isError: false,
    structured: { query: 'zeppelins', source: 'documents', results: [] },
  })
})

test('a document that changed is found by its new words', async () => {
  const folder = await documents(library)
  const client = await connectStdio('web', { DOCUMENTS_DIR: folder })
  await call(client, 'search_web', { query: 'zeppelins' })

  await writeFile(join(folder, 'new.txt'), 'Zeppelins are large.')

  expect(searchOf(await call(client, 'search_web', { query: 'zeppelins' })).results).toHaveLength(1)
})

test('an empty query is refused', async () => {
  const client = await connectStdio('web', { DOCUMENTS_DIR: await documents(library) })

  expect(await call(client, 'search_web', { query: '  ' })).toEqual({
    text: 'Nothing was searched. The query is empty: say what to search for.',
    isError: true,
    structured: undefined,
  })
})

const howToConfigure =
  'Set DOCUMENTS_DIR to a folder with .md, .txt or .html files, or set BRAVE_API_KEY or SEARXNG_URL to search the web.'

test.each([
  ['no folder', async () => join(await temporaryFolder(), 'missing'), 'The folder missing cannot be read.'],
  [
    'an empty folder',
    async () => {
      const folder = join(await temporaryFolder(), 'empty')
      await mkdir(folder)
      return folder
    },
    'There are no documents in the folder empty.',
  ],
])('%s: the error says what to configure', async (_, folder, reason) => {
  const client = await connectStdio('web', { DOCUMENTS_DIR: await folder() })

  expect(await call(client, 'search_web', { query: 'state machines' })).toEqual({
    text: `Nothing was searched. ${reason} ${howToConfigure}`,
    isError: true,
    structured: undefined,
  })
})

test('a document that was found can be read, and is named', async () => {
  const folder = await documents(library)
  const client = await connectStdio('web', { DOCUMENTS_DIR: folder })
  await call(client, 'search_web', { query: 'steam' })

  const url = pathToFileURL(join(folder, 'page.html')).href
  expect((await call(client, 'fetch_page', { url })).text).toBe(
    `This is page.html, from the documents of this folder (${url}).\n\nA steam machine.`,
  )
})

test.each([
  ['a file that exists', pathToFileURL(process.execPath).href],
  ['a page on the web', 'https://example.com/'],
  ['no URL at all', 'state machines'],
])('%s that no search returned is not read', async (_, url) => {
  const client = await connectStdio('web', { DOCUMENTS_DIR: await documents(library) })

  expect(await call(client, 'fetch_page', { url })).toEqual({
    text: 'The page was not read. Only pages that search_web has found can be read: search first, then give a URL from its results.',
    isError: true,
    structured: undefined,
  })
})

test('a document that is gone since the search is an error', async () => {
  const folder = await documents(library)
  const client = await connectStdio('web', { DOCUMENTS_DIR: folder })
  await call(client, 'search_web', { query: 'steam' })
  await rm(join(folder, 'page.html'))

  const answer = await call(client, 'fetch_page', { url: pathToFileURL(join(folder, 'page.html')).href })

  expect(answer.text).toBe('The page was not read. The document is no longer in the folder: search again.')
  expect(answer.isError).toBe(true)
})

test.each(['examples/servers', 'dist/examples/servers'])(
  'without DOCUMENTS_DIR, a server in %s searches the README and docs of its package, and nothing else',
  async (place) => {
    const root = await documents({
      'package.json': '{ "type": "module" }',
      'README.md': '# Read me\n\nA switchboard.',
      'docs/a.md': '# Deep\n\nA switchboard.',
      'other/b.md': '# Other\n\nA switchboard.',
    })
    await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'))
    await cp(dirname(program('web')), join(root, place), { recursive: true })
    const client = await connectCommand([join(root, place, 'web.js')], { DOCUMENTS_DIR: '' }, root)

    const { results } = searchOf(await call(client, 'search_web', { query: 'switchboard' }))

    expect(results.map(({ url }) => url).sort()).toEqual(
      ['README.md', 'docs/a.md'].map((name) => pathToFileURL(join(root, name)).href),
    )
  },
)
