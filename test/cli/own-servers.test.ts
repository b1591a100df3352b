import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { portsIn } from '../../src/cli/own-servers/ports.ts'
import { addTemplates } from '../../src/cli/page/templates.ts'
import type { Template } from '../../src/registry/wire.ts'
import { listen } from '../support/listen.ts'
import { printedEvent, run, startSwitchboard, withoutProgress } from './support.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'switchboard-own-servers-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** As far as adding needs one. */
class Templates {
  readonly added: unknown[] = []

  constructor(private readonly known: string[]) {}

  async list(): Promise<Template[]> {
    return this.known.map((name) => ({
      id: name,
      name,
      description: 'changed',
      url: 'https://x.example',
      needs: [],
    }))
  }

  async add(_: unknown, template: object): Promise<Template> {
    this.added.push(template)
    return { id: 'new', name: '', description: '', url: '', needs: [], ...template }
  }
}

test('of a file of templates those are added that are missing; the others stay as they are', async () => {
  const file = join(await folder(), 'templates.json')
  await writeFile(
    file,
    JSON.stringify([
      { name: 'Mail', url: 'https://m.example' },
      { name: 'Web', url: 'https://w.example' },
    ]),
  )
  const store = new Templates(['Mail'])
  await addTemplates(store, file)
  expect(store.added).toEqual([{ name: 'Web', url: 'https://w.example', description: '', needs: [] }])
})

test('the templates of the examples can be used', async () => {
  const store = new Templates([])
  await addTemplates(store, 'examples/templates.json')
  expect(store.added).toMatchObject([{ name: 'Zapier' }, { name: 'GitHub' }])
})

test.each([
  ['no list', '{}', 'expected array'],
  ['a wrong entry', '[{ "name": "Mail" }]', '0.url'],
  ['no JSON', '[', 'JSON'],
])('a file of templates with %s is refused with the place', async (_, text, place) => {
  const file = join(await folder(), 'templates.json')
  await writeFile(file, text)
  const refused = addTemplates(new Templates([]), file)
  await expect(refused).rejects.toThrow(place)
  await expect(refused).rejects.toThrow(`--templates ${file}`)
})

test('the ports of the examples are different ones, and the same with each start', async () => {
  const file = join(await folder(), 'ports.json')
  const ports = await portsIn(file)
  expect(new Set(Object.values(ports)).size).toBe(3)
  expect(await portsIn(file)).toEqual(ports)
})

test.each([
  [
    ['page', '--allow-host', 'a:1'],
    '--allow-host and --templates are for the registry; give --registry, too',
  ],
  [['page', '--registry', '--allow-host', 'https://a'], 'Give a host or host:port'],
])('%j is wrong input', async (args, words) => {
  const { code, stderr } = await run(args)
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)])
})

test('SIGTERM ends all of it, and nothing is left listening', async () => {
  const cwd = await folder()
  const { child, finished } = startSwitchboard(['own-servers', '--json'], { cwd })
  onTestFinished(() => void child.kill('SIGKILL'))
  await printedEvent(child, ({ type }) => type === 'page')
  child.kill('SIGTERM')
  const { code, stderr } = await finished
  expect([code, withoutProgress(stderr)]).toEqual([0, ''])
  const ports = await portsIn(join(cwd, 'rehearsal', 'own-servers.json'))
  for (const port of Object.values(ports)) await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
})

test('a port that is taken is said with the file it stands in, and nothing is left', async () => {
  const cwd = await folder()
  await mkdir(join(cwd, 'rehearsal'))
  const file = join(cwd, 'rehearsal', 'own-servers.json')
  const taken = createServer()
  const { port } = await listen(taken)
  onTestFinished(() => void taken.close())
  const ports = { ...(await portsIn(file)), mail: port }
  await writeFile(file, JSON.stringify(ports))
  const { code, stderr } = await run(['own-servers'], { cwd })
  expect({ code, stderr: withoutProgress(stderr) }).toEqual({
    code: 2,
    stderr: `switchboard: servers/mail.js did not start: mail: port ${port} is already in use; the ports are those in ${await realpath(file)}\n`,
  })
  await expect(fetch(`http://127.0.0.1:${ports.authorization}`)).rejects.toThrow()
})
