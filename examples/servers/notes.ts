import { readFile, rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'

/** The server that `switchboard init` offers: it needs no key, no network, and no package but this one. */
const file = resolve(process.env.NOTES_FILE || 'notes.json')
const notesSchema = z.array(z.string())

const server = new McpServer({ name: 'notes', version: '0.1.0' })
server.registerTool(
  'tell_time',
  {
    title: 'Tell the time',
    description: 'The time, here or in a time zone.',
    inputSchema: {
      zone: z
        .string()
        .optional()
        .describe('A time zone, such as Europe/Berlin; without it, that of this machine')
        .meta({ examples: ['Europe/Berlin', 'Asia/Tokyo', 'UTC'] }),
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  ({ zone }) => said(`It is ${timeIn(zone)}.`),
)
server.registerTool(
  'add_note',
  {
    title: 'Add a note',
    description: 'Keeps a note.',
    inputSchema: {
      text: z
        .string()
        .min(1)
        .describe('What to note')
        .meta({ examples: ['buy milk', 'call carol', 'water the plants'] }),
    },
    annotations: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  },
  ({ text }) =>
    change((notes) => ({
      notes: [...notes, text],
      words: `Noted: ${text}. There ${notes.length === 0 ? 'is' : 'are'} ${counted(notes.length + 1)}.`,
    })),
)
server.registerTool(
  'read_notes',
  {
    title: 'Read the notes',
    description: 'All notes, the oldest first.',
    inputSchema: {},
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  async () => {
    const notes = await read()
    if (notes.length === 0) return said('There is no note.')
    return said(`There ${notes.length === 1 ? 'is' : 'are'} ${counted(notes.length)}: ${notes.join('; ')}.`)
  },
)
server.registerTool(
  'delete_notes',
  {
    title: 'Delete all notes',
    description: 'Deletes all notes, for good.',
    inputSchema: {},
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
  },
  () => change((notes) => ({ notes: [], words: `Deleted ${counted(notes.length)}.` })),
)

function counted(count: number): string {
  return count === 1 ? 'one note' : `${count} notes`
}

function timeIn(zone: string | undefined): string {
  try {
    return new Date().toLocaleTimeString('en-GB', {
      ...(zone === undefined ? {} : { timeZone: zone }),
      ...{ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
    })
  } catch {
    throw new Error(`There is no time zone "${zone}". Give one such as Europe/Berlin.`)
  }
}

async function read(): Promise<string[]> {
  try {
    return notesSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new Error(`The notes in ${file} cannot be read. Correct or remove that file.`)
  }
}

let lastChange: Promise<unknown> = Promise.resolve()

/** One after the other: of two at the same time, neither is lost. */
function change(next: (notes: string[]) => { notes: string[]; words: string }): Promise<CallToolResult> {
  const changed = lastChange.then(async () => {
    const { notes, words } = next(await read())
    await writeFile(`${file}.tmp`, `${JSON.stringify(notes, null, 2)}\n`)
    await rename(`${file}.tmp`, file)
    return said(words)
  })
  lastChange = changed.catch(() => {})
  return changed
}

function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] }
}

process.once('SIGTERM', () => process.exit(0))
// The SDK's transport does not notice the end of stdin.
process.stdin.once('end', () => process.exit(0))
await server.connect(new StdioServerTransport())
