import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { call, connectCommand, program, projectRoot } from './support.ts'

const local = z.object({
  mcpServers: z.record(
    z.string(),
    z.object({
      command: z.literal('node'),
      args: z.array(z.string()),
      cwd: z.string(),
      env: z.record(z.string(), z.string()),
    }),
  ),
})
const remote = z.object({
  mcpServers: z.record(
    z.string(),
    z.object({ url: z.url({ protocol: /^https$/ }), headers: z.record(z.string(), z.string()) }),
  ),
})

async function read(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(projectRoot, 'examples', name), 'utf8'))
}

/** `${NAME:-default}` where nothing is set. */
const unset = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1')

test('the servers of switchboard.json start with nothing set, and empty variables count as not set', async () => {
  program('web')
  const { mcpServers } = local.parse(await read('switchboard.json'))
  const tools: Record<string, string[]> = {}
  for (const [name, { args, cwd, env }] of Object.entries(mcpServers)) {
    const values = Object.fromEntries(
      Object.entries(env).map(([variable, value]) => [variable, unset(value)]),
    )
    const client = await connectCommand(args, values, resolve(projectRoot, 'examples', cwd))
    tools[name] = (await client.listTools()).tools.map((tool) => tool.name)
    if (name !== 'mail') continue
    const sent = await call(client, 'send_email', { to: 'carol@example.com', subject: '', body: '' })
    expect(sent.text).toContain('No mail server is configured')
  }

  expect(tools).toEqual({ web: ['search_web', 'fetch_page'], mail: ['draft_email', 'send_email'] })
})

test('remote.json holds no secret: each token comes from the environment', async () => {
  const { mcpServers } = remote.parse(await read('remote.json'))

  expect(Object.values(mcpServers).map(({ headers }) => headers)).toEqual([
    { Authorization: expect.stringMatching(/^Bearer \$\{\w+\}$/) },
    { Authorization: expect.stringMatching(/^Bearer \$\{\w+\}$/) },
  ])
})
