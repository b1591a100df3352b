/** A server with things to read, and with the instructions that it is started with, or that are in the file `@FILE`. With MODERN_ONLY it does not speak older versions. */
import { appendFileSync, readFileSync } from 'node:fs'
import {
  completable,
  fromJsonSchema,
  inputRequired,
  McpServer,
  ResourceTemplate,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

const { MODERN_ONLY, SECRET = 'nothing', NOTES } = process.env
const [, , said] = process.argv
const instructions = said?.startsWith('@') ? readFileSync(said.slice(1), 'utf8') : said
const names = ['Ada', 'Alan', 'A\u202eli']

/** What it was asked, and what became of it. */
function note(text) {
  if (NOTES !== undefined) appendFileSync(NOTES, `${text}\n`)
}

function text({ href }) {
  note(`read ${href}`)
  return { contents: [{ uri: href, mimeType: 'text/plain', text: `The text of ${href}` }] }
}

async function never({ href }, { mcpReq }) {
  note(`read ${href}`)
  await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve, { once: true }))
  note(`cancelled ${href}`)
  return { contents: [] }
}

function create() {
  const about = instructions === undefined ? {} : { instructions: `${instructions} ${SECRET}` }
  const server = new McpServer({ name: 'library', version: '1.0.0' }, about)
  const inputSchema = fromJsonSchema({ type: 'object' })
  server.registerTool('find', { description: 'Finds a book', inputSchema }, ({ uri = 'book://linked' }) => ({
    content: [
      { type: 'text', text: 'One book.' },
      { type: 'resource_link', uri, name: 'found', description: 'What was found' },
    ],
  }))
  server.registerPrompt(
    'greet',
    {
      title: 'Greeting\u202e',
      description: `How to greet with ${SECRET}`,
      argsSchema: z.object({
        name: completable(z.string(), (value) => names.filter((name) => name.startsWith(value))),
      }),
    },
    ({ name }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Greet ${name}.\u202e` } }] }),
  )
  server.registerResource('index', 'book://index', { description: 'All books', mimeType: 'text/plain' }, text)
  server.registerResource('hi\u202edden', 'book://hidden', {}, text)
  const blob = Buffer.from('a picture').toString('base64')
  server.registerResource('cover', 'book://cover', { mimeType: 'image/png' }, ({ href }) => ({
    contents: [{ uri: href, mimeType: 'image/png', blob }],
  }))
  server.registerResource('slow', 'book://slow', {}, never)
  server.registerResource('deadly', 'book://deadly', {}, () => process.exit(7))
  server.registerResource('curious', 'book://curious', {}, () => {
    const requestedSchema = { type: 'object', properties: { age: { type: 'string' } } }
    return inputRequired({
      inputRequests: { age: inputRequired.elicit({ message: 'How old?', requestedSchema }) },
    })
  })
  const anyBook = new ResourceTemplate('book://{title}', { list: undefined })
  server.registerResource('book', anyBook, { description: 'Any book' }, text)
  return server
}

serveStdio(create, MODERN_ONLY === undefined ? {} : { legacy: 'reject' })
