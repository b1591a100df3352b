import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, onTestFinished } from 'vitest'
import * as z from 'zod'
import { listen } from '../support/listen.ts'

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/** The compiled program: `npm run build` makes it. */
export function program(name: 'web' | 'mail'): string {
  const path = join(projectRoot, 'dist', 'examples', 'servers', `${name}.js`)
  if (!existsSync(path)) throw new Error('The example servers are not compiled: npx tsc -p examples')
  return path
}

export function connectStdio(name: 'web' | 'mail', env: Record<string, string> = {}): Promise<Client> {
  return connectCommand([program(name)], env, projectRoot)
}

export async function connectCommand(
  args: string[],
  env: Record<string, string>,
  cwd: string,
): Promise<Client> {
  const client = await open(args, env, cwd)
  onTestFinished(() => client.close())
  return client
}

/** One process for all tests of a file, started when the first asks for it. */
export function sharedStdio(name: 'web' | 'mail', env: () => Record<string, string>): () => Promise<Client> {
  let client: Promise<Client> | undefined
  afterAll(async () => (await client)?.close())
  return () => {
    client ??= open([program(name)], env(), projectRoot)
    return client
  }
}

async function open(args: string[], env: Record<string, string>, cwd: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, env, cwd, stderr: 'inherit' }),
  )
  return client
}

export interface Answer {
  text: string
  isError: boolean
  structured: Record<string, unknown> | undefined
}

export async function call(client: Client, name: string, args: Record<string, string>): Promise<Answer> {
  const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: args }))
  const [first] = result.content
  return {
    text: first?.type === 'text' ? first.text : '',
    isError: result.isError ?? false,
    structured: result.structuredContent,
  }
}

const searchSchema = z.object({
  query: z.string(),
  source: z.string(),
  results: z.array(z.object({ title: z.string(), url: z.string(), snippet: z.string() })),
})

export function searchOf(answer: Answer): z.infer<typeof searchSchema> {
  return searchSchema.parse(answer.structured)
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-examples-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A local HTTP server, and the requests that reached it. */
export async function startHttp(
  listener: RequestListener,
): Promise<{ url: string; host: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { ...(await listen(server)), requests }
}
