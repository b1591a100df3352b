import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { printedEvents, run, temporaryFolder, withoutProgress } from './support.ts'

const built = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href)
const notes = {
  command: process.execPath,
  args: [fileURLToPath(new URL('../../dist/examples/servers/notes.js', import.meta.url))],
}
const configuration = JSON.stringify({ mcpServers: { notes } })
const agentOf = (createSwitchboard: string) => `
  import { createSwitchboard } from ${built('index.js')}
  import { defineSwitchboardAgent } from ${built('agent/index.js')}
  console.log('a line of the file')
  setInterval(() => {}, 1_000)
  export default defineSwitchboardAgent({
    createSwitchboard: () => { ${createSwitchboard} },
    realtime: { provider: 'openai' },
    phrases: { error: ({ function: name }) => \`My \${name} failed.\` },
  })`
/** A loaded machine takes its time to start a killed server anew. */
const patient = JSON.stringify({ mcpServers: { notes }, patienceMs: 30_000 })
const working = agentOf(`return createSwitchboard(${patient})`)

const turnSchema = z.object({
  type: z.literal('turn.ended'),
  said: z.string(),
  heard: z.string(),
  answered: z.array(z.string()),
})
const endedSchema = z.object({
  type: z.literal('call.ended'),
  function: z.string(),
  outcome: z.looseObject({ error: z.looseObject({ effect: z.string() }).optional() }),
})

function read(stdout: string) {
  const events = printedEvents(stdout)
  return {
    turns: events.flatMap((event) => turnSchema.safeParse(event).data ?? []),
    calls: events.flatMap((event) => endedSchema.safeParse(event).data ?? []),
    summary: events.at(-1),
  }
}

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

test('an agent file alone is asked for what only reads, at its own servers', async () => {
  const folder = await folderWith({ 'agent.mjs': working })
  const { code, stdout, stderr } = await run(
    [
      'rehearse',
      '--agent',
      'agent.mjs',
      '--json',
      '--speed',
      '4',
      '--kill',
      'notes@1',
      '--record',
      'call.jsonl',
    ],
    { cwd: folder },
  )
  const { turns, calls, summary } = read(stdout)
  expect(turns.map(({ said, heard, answered }) => [said, heard, ...answered])).toEqual([
    ['tell time', 'tell time', 'My tell_time failed.'],
    ['read the notes', 'read the notes', 'There is no note.'],
  ])
  expect(calls.map((call) => [call.function, call.outcome.error?.effect])).toEqual([
    ['tell_time', 'unknown'],
    ['read_notes', undefined],
  ])
  // No mail can go out, so that there is no outbox; what the file prints is no event.
  const recording = join(folder, 'rehearsal/call.wav')
  const { atMs: _, ...told } = { ...summary, atMs: 0 }
  expect(told).toEqual({ type: 'summary', ok: true, recording, mails: [], complaints: [] })
  expect(withoutProgress(stderr)).toBe('a line of the file\n')
  expect(existsSync(join(folder, 'rehearsal/outbox'))).toBe(false)
  expect((await run(['replay', 'call.jsonl'], { cwd: folder })).code).toBe(0)
  expect(code).toBe(0)
}, 60_000)

test('an agent that a function makes has the servers of the configuration, and functions of its own', async () => {
  const agent = `
    import { llm, voice } from ${JSON.stringify(import.meta.resolve('@livekit/agents'))}
    import { createMCPToolset } from ${built('agent/index.js')}
    const tellJoke = llm.tool({ name: 'tell_joke', description: 'Jokes', execute: async () => 'It is a good one.' })
    export default ({ conversation }) =>
      new voice.Agent({ instructions: 'Be brief.', tools: [createMCPToolset(conversation), tellJoke] })`
  const folder = await folderWith({
    'agent.mjs': agent,
    'mcp.json': configuration,
  })
  const { code, stdout } = await run(
    [
      ...['rehearse', '--agent', 'agent.mjs', '--json', '--speed', '8'],
      ...['--type', 'tell joke', '--type', 'tell time zone Nowhere'],
      ...['--type', 'add note text hello', '--kill', 'notes@3'],
    ],
    { cwd: folder },
  )
  const { turns, calls, summary } = read(stdout)
  // Where the machine is slow, a filler comes before it.
  expect([turns[0]?.answered.at(-1), turns[2]?.answered.at(-1)]).toEqual([
    'It is a good one.',
    'The connection to notes was lost during the call. I do not know whether it was done.',
  ])
  expect(calls.map((call) => [call.function, call.outcome.error?.effect])).toEqual([
    ['tell_time', 'unknown'],
    ['add_note', 'unknown'],
  ])
  // What was to fail is no complaint; what failed by itself is.
  const complaints = ['turn 2: “tell time zone Nowhere”: tell_time ended in tool_error, effect unknown']
  expect([code, summary]).toEqual([1, expect.objectContaining({ ok: false, complaints })])
}, 60_000)

test.each([
  [
    'that is no JavaScript',
    'export default {',
    [],
    /^it cannot be loaded \(SyntaxError: .*\); correct it there/,
  ],
  ['that ends its process', 'process.exit(3)', [], /^it ended the process that loads it/],
  ['without an agent', 'export default 3', [], /^it has no agent as its default export; write define/],
  ['with servers beside --config', working, ['--config', 'mcp.json'], /not --config; leave that out/],
  ['without servers', agentOf("throw new Error('no key')"), [], /^its createSwitchboard fails: no key/],
  [
    'that forgets to return',
    'export default () => {}',
    ['--type', 'hello'],
    /^its function fails: no agent was returned/,
  ],
])(
  'an agent file %s is told with its name',
  async (_, text, args, reason) => {
    const folder = await folderWith({ 'agent.mjs': text, 'mcp.json': configuration })
    const { code, stderr } = await run(['rehearse', '--agent', 'agent.mjs', ...args], { cwd: folder })
    const [line = ''] = stderr.split('\n').filter((one) => /^switchboard: .*[^…]$/.test(one))
    const before = 'switchboard: --agent agent.mjs: '
    expect([code, line.slice(0, before.length)]).toEqual([2, before])
    expect(line.slice(before.length)).toMatch(reason)
  },
  60_000,
)

test('functions that may do something are not called unasked', async () => {
  const mcpServers = { notes: { ...notes, switchboard: { include: ['add_note', 'delete_notes'] } } }
  const folder = await folderWith({
    'agent.mjs': agentOf(`return createSwitchboard({ mcpServers: ${JSON.stringify(mcpServers)} })`),
  })
  const { code, stderr } = await run(['rehearse', '--agent', 'agent.mjs'], { cwd: folder })
  expect([code, withoutProgress(stderr)]).toEqual([2, expect.stringContaining('such as --say "add a note')])
}, 60_000)
