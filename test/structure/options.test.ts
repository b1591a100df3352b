import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { serverOptionsSchema, toolOptionsSchema } from '../../src/config/definition.ts'
import { policySchema } from '../../src/contract/policy.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The tables of a page: the first two cells of each row. */
function tablesOf(markdown: string): [string, string][][] {
  const tables = markdown.match(/(?:^\|.*\n)+/gm) ?? []
  return tables.map((table) =>
    [...table.matchAll(/^\| `(\w+)` \| ([^|]*)\|/gm)].map(([, name = '', second = '']) => [
      name,
      second.trim(),
    ]),
  )
}

/** What an interface of `protocol.ts` has. */
function membersOf(name: string): string[] {
  const [, body = ''] =
    new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(protocol) ?? []
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[?:(]/gm)].map(([, member = '']) => member)
}

const protocol = read('src/contract/protocol.ts')
const page = read('docs/options.md')
const [policy, server, tool, methods, callOptions] = tablesOf(page)

test.each([
  ['the switchboard', policy, policySchema],
  ['a server', server, serverOptionsSchema],
  ['a tool', tool, toolOptionsSchema],
])('docs/options.md lists the options of %s, with their defaults', (_, table, schema) => {
  const defaults = new Map<string, unknown>(Object.entries(schema.parse({})))
  const written = (value: unknown) => (value === undefined ? '' : JSON.stringify(value))
  expect(table).toEqual(Object.keys(schema.shape).map((name) => [name, written(defaults.get(name))]))
})

test.each([
  ['Conversation', methods],
  ['CallOptions', callOptions],
])('docs/options.md lists what %s has', (name, table) => {
  expect(table?.map(([member]) => member)).toEqual(membersOf(name))
})
