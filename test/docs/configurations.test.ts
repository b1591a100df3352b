import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ParseError, parse } from 'jsonc-parser'
import { afterAll, expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { clientsOf } from '../../src/cli/proxy/clients.ts'
import { readConfiguration } from '../../src/config/read.ts'
import { readPages } from './pages.ts'
import { filesOf, type ShownFile } from './programs.ts'

const folder = await mkdtemp(join(tmpdir(), 'switchboard-docs-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const files = readPages().flatMap(filesOf)
const named = (list: ShownFile[]) => list.map((file) => [`${file.page.path}, ${file.name}`, file] as const)

/** Whatever a text refers to is set. */
function environmentOf(text: string): Record<string, string> {
  const names = [...text.matchAll(/\$\{(?:env:)?(\w+)/g)].map(([, name = '']) => name)
  return Object.fromEntries(names.map((name) => [name, `a-value-of-some-length-for-${name}`]))
}

async function written(file: ShownFile): Promise<string> {
  const path = join(folder, `${file.page.path.replaceAll('/', '-')}-${file.name.replaceAll('/', '-')}`)
  await writeFile(path, file.text.trim(), { mode: 0o600 })
  return path
}

const json = files.filter(({ language }) => /^jsonc?$/.test(language))

test.each(named(json))('%s is read by who would read it', async (_, file) => {
  const path = await written(file)
  const errors: ParseError[] = []
  const value: unknown = parse(file.text, errors, { allowTrailingComma: true })
  expect(errors).toEqual([])
  if (isObjectWith(value, 'clients')) {
    await clientsOf({ tokenFile: '', clientsFile: path }, environmentOf(file.text))
  } else if (isObjectWith(value, 'mcpServers') || isObjectWith(value, 'servers')) {
    const { entries, warnings } = readConfiguration(path, environmentOf(file.text))
    const problems = entries.flatMap(({ problem }) => problem ?? [])
    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] })
  }
})

function isObjectWith(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value
}

const yaml = files.filter(({ language }) => language === 'yaml')

test.runIf(yaml.length > 0).each(named(yaml))('%s is YAML', (_, file) => {
  expect(parseDocument(file.text).errors).toEqual([])
})
