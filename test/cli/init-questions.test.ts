import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { UsageError } from '../../src/cli/failure.ts'
import type { InitOptions } from '../../src/cli/init/options.ts'
import { init } from '../../src/cli/init/run.ts'
import { replaceFile } from '../../src/cli/init/write.ts'
import { until } from '../support/until.ts'
import { ClientsMachine } from './init-support.ts'

const keys = { enter: '\r', space: ' ', down: '\u001b[B', interrupt: '\u0003' }

/** Somebody at a terminal. */
class Person {
  readonly #input = new PassThrough()
  readonly #output = new PassThrough()
  #seen = ''
  #report = ''
  readonly done: Promise<number>

  constructor(there: ClientsMachine, options: Partial<InitOptions> = {}) {
    this.#output.on('data', (chunk: Buffer) => {
      this.#seen += chunk.toString()
    })
    const all = { from: [], example: false, copySecrets: false, yes: false, json: false, ...options }
    this.done = init(all, {
      machine: there.machine,
      terminal: { input: this.#input, output: this.#output },
      write: (text) => {
        this.#report += text
      },
    })
  }

  /** What was shown so far. */
  get seen(): string {
    return stripVTControlCharacters(this.#seen)
  }

  get report(): string {
    return this.#report
  }

  /** In place of what stands in the field, once `shown` is there. */
  async write(shown: string, text: string): Promise<void> {
    await until(() => this.seen.includes(shown), shown)
    this.#seen = ''
    this.#input.write(`\u0015${text}\r`)
  }

  /** Once the question is there. */
  async answer(question: string, ...pressed: (keyof typeof keys)[]): Promise<void> {
    await until(() => this.seen.includes(question), question)
    this.#seen = ''
    for (const key of pressed) this.#input.write(keys[key])
  }
}

async function machineWithCursor(): Promise<ClientsMachine> {
  const there = await ClientsMachine.create()
  await there.put('cursor.json', there.inHome('.cursor', 'mcp.json'))
  return there
}

test('somebody chooses servers, a file, and where a secret goes', async () => {
  const there = await machineWithCursor()
  const person = new Person(there)
  await until(() => person.seen.includes('An example without a key'), 'the choices')
  expect(person.seen).toContain('Cursor: ~/.cursor/mcp.json')
  await person.answer('Which servers', 'down', 'space', 'down', 'down', 'space', 'enter')
  await person.answer('Into which file?', 'enter')
  await person.answer('2 values look like a secret', 'down', 'enter')
  expect(await person.done).toBe(0)
  expect(person.report).toMatch(/^added stripe, from Cursor\nadded zapier, from Cursor\nwrote /)
  expect(await readFile(there.inProject('.env'), 'utf8')).toContain('STRIPE_API_KEY=not-a-real-key-2222\n')
  expect(await readFile(there.inProject('mcp.json'), 'utf8')).not.toContain('not-a-real')
})

test('a server of the same name is left, renamed or replaced as told', async () => {
  const there = await machineWithCursor()
  const servers = { stripe: { command: 'mine' }, linear: { command: 'mine' }, zapier: { command: 'mine' } }
  await writeFile(there.inProject('mcp.json'), JSON.stringify({ mcpServers: servers }))
  const person = new Person(there, { out: 'mcp.json', copySecrets: true })
  await person.answer('Which servers', 'space', 'enter')
  await person.answer('another server "stripe"', 'enter')
  await person.answer('another server "linear"', 'down', 'enter')
  await person.answer('another server "zapier"', 'down', 'down', 'enter')
  expect(await person.done).toBe(0)
  const text = await readFile(there.inProject('mcp.json'), 'utf8')
  expect(JSON.parse(text.replace(/^\s*\/\/.*$/gm, '').replace(/\/\/ From Cursor\.\n/, ''))).toEqual({
    mcpServers: {
      stripe: { command: 'mine' },
      linear: { command: 'mine' },
      zapier: { url: 'https://mcp.zapier.com/api/mcp/s/$\u007bZAPIER_TOKEN}/mcp' },
      'linear-2': {
        url: 'https://mcp.linear.app/mcp',
        headers: { Authorization: 'Bearer $\u007benv:LINEAR_TOKEN}' },
      },
    },
  })
})

test.each(['Which servers', 'Into which file?', 'values look like a secret'])(
  'Ctrl+C at "%s" leaves nothing behind',
  async (last) => {
    const there = await machineWithCursor()
    const person = new Person(there)
    const answers = { 'Which servers': ['space', 'enter'], 'Into which file?': ['enter'] } as const
    for (const [question, pressed] of Object.entries(answers)) {
      if (question === last) break
      await person.answer(question, ...pressed)
    }
    await person.answer(last, 'interrupt')
    expect(await person.done).toBe(130)
    expect([person.seen, person.report]).toEqual([expect.stringContaining('Nothing was written.'), ''])
    await expect(readFile(there.inProject('mcp.json'))).rejects.toThrow('ENOENT')
    await expect(readFile(there.inProject('.env'))).rejects.toThrow('ENOENT')
  },
)

test('where no client is, the example is proposed', async () => {
  const there = await ClientsMachine.create()
  const person = new Person(there)
  await person.answer('Which servers', 'enter')
  await person.answer('Into which file?', 'enter')
  expect(await person.done).toBe(0)
  expect(person.report).toContain('added notes, from the examples')
})

test('who chooses nothing gets nothing', async () => {
  const there = await machineWithCursor()
  const person = new Person(there)
  await person.answer('Which servers', 'enter')
  expect(await person.done).toBe(1)
  expect([person.seen, person.report]).toEqual([
    expect.stringContaining('Nothing was chosen (the space bar does), and nothing is written.'),
    expect.stringContaining('\nNext:\n  npx switchboard init '),
  ])
})

test('a name that no file can have, or has for certain not been meant, is asked for again', async () => {
  const there = await ClientsMachine.create()
  await mkdir(there.inProject('agent'))
  await writeFile(there.inProject('notes.json'), 'buy milk')
  const person = new Person(there)
  await person.answer('Which servers', 'enter')
  await person.write('Into which file?', 'agent')
  await person.write('replaced;', 'y')
  await person.write('Name a file that ends in .json', 'agent/')
  await person.write('is a folder; name a file in it, such as agent/mcp.json', 'notes.json')
  await person.write('JSON (', '')
  await person.write('Name a file that ends in .json', 'agent/mcp.json')
  expect(await person.done).toBe(0)
  expect(await readdir(there.project, { recursive: true })).toEqual(['agent', 'notes.json', 'agent/mcp.json'])
})

test('what changes in the file during the questions stays', async () => {
  const there = await machineWithCursor()
  const file = there.inProject('mcp.json')
  await writeFile(file, '{}')
  const person = new Person(there, { out: 'mcp.json' })
  await person.answer('Which servers', 'space', 'enter')
  await until(() => person.seen.includes('look like a secret'), 'the last question')
  await writeFile(file, '{ "mcpServers": {} /* mine */ }')
  await person.answer('look like a secret', 'enter')
  expect(await person.done).toBe(0)
  expect(await readFile(file, 'utf8')).toMatch(/"zapier"[\s\S]*\/\* mine \*\//)
})

test('a file that has changed since it was read is not replaced, nor is anything left beside it', async () => {
  const there = await ClientsMachine.create()
  const file = there.inProject('mcp.json')
  await writeFile(file, 'new')
  expect(() => replaceFile(file, 'old', 'text', 0o666)).toThrow('mcp.json: has changed meanwhile')
  expect(() => replaceFile(there.inProject('mcp.json', 'inner'), undefined, 'text', 0o666)).toThrow(
    UsageError,
  )
  expect([await readFile(file, 'utf8'), await readdir(there.project)]).toEqual(['new', ['mcp.json']])
})
