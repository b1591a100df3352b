import { expect, test } from 'vitest'
import { expand } from '../../src/config/expand.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { parseServers } from '../../src/config/servers.ts'
import { parsePolicy } from '../../src/contract/policy.ts'

const variable = (name: string) => `$\u007b${name}}`

function problemOf(entry: unknown): string | undefined {
  return parseServers({ it: entry }, {}).entries[0]?.problem
}

test('an HTTP entry is read, its variables expanded', () => {
  const { entries, warnings } = parseServers(
    {
      remote: {
        type: 'streamable-http',
        url: `https://${variable('HOST')}/mcp`,
        headers: { Authorization: `Bearer ${variable('env:TOKEN')}` },
        switchboard: { group: 'search', priority: 2 },
      },
    },
    { HOST: 'example.org', TOKEN: 's3' },
  )
  expect(warnings).toEqual([])
  expect(entries).toEqual([
    {
      name: 'remote',
      definition: {
        name: 'remote',
        target: new SealedTarget({
          kind: 'http',
          url: 'https://example.org/mcp',
          headers: { Authorization: 'Bearer s3' },
        }),
        options: {
          group: 'search',
          priority: 2,
          trustAnnotations: false,
          prompts: {},
          resources: false,
          exclude: [],
          tools: {},
        },
      },
    },
  ])
})

test('folders that a server may know of are relative to that of the configuration, and mean nothing over HTTP', () => {
  const switchboard = { roots: ['notes', '/srv/files', '.'] }
  const servers = { here: { command: 'a', switchboard }, there: { url: 'https://example.org', switchboard } }
  const { entries, warnings } = parseServers(
    servers,
    {},
    {
      key: 'mcpServers',
      inputs: [],
      folder: '/etc/agent',
    },
  )
  expect(entries[0]?.definition?.options.roots).toEqual(['/etc/agent/notes', '/srv/files', '/etc/agent'])
  expect(warnings).toEqual(['mcpServers.there.switchboard.roots has no effect over HTTP'])
})

test('what other clients write of the transport means nothing: it is found out', () => {
  const url = 'https://example.org/sse'
  const { entries, warnings } = parseServers({ old: { url, type: 'sse' } }, {})
  expect(entries[0]?.definition?.target.open()).toEqual({ kind: 'http', url, headers: {} })
  expect(warnings).toEqual([])
})

test.each([
  [{ url: 'ftp://example.org' }, 'mcpServers.it.url is not an http or https URL'],
  [{ url: 'nowhere' }, 'mcpServers.it.url is not an http or https URL'],
  [{ command: 'a', args: [1] }, 'mcpServers.it.args.0: Invalid input: expected string, received number'],
  [{ command: '' }, 'mcpServers.it.command: Too small: expected string to have >=1 characters'],
  [
    { command: 'a', switchboard: { callTimeoutMs: 0 } },
    'mcpServers.it.switchboard.callTimeoutMs: Too small: expected number to be >0',
  ],
  [{ command: 'a', switchboard: { zzz: 1 } }, 'mcpServers.it.switchboard: unknown option "zzz"'],
  [null, 'mcpServers.it: Invalid input: expected object, received null'],
  [
    { comand: 'node' },
    'mcpServers.it has neither "command" nor "url", but "comand"; did you mean "command"?',
  ],
])('%j is wrong', (entry, problem) => {
  expect(problemOf(entry)).toBe(problem)
})

test('a disabled entry is left out, whatever is wrong with it', () => {
  expect(parseServers({ it: { disabled: true, url: variable('NOT_SET') } }, {})).toEqual({
    entries: [],
    warnings: [],
  })
})

test.each([
  [variable('A'), 'one'],
  [variable('env:A'), 'one'],
  [`x${variable('A')}y${variable('A')}`, 'xoney' + 'one'],
  [variable('EMPTY'), ''],
  [variable('EMPTY:-other'), 'other'],
  [variable('NONE:-other'), 'other'],
  [variable('NONE:-'), ''],
  [variable('A:-other'), 'one'],
  ['$A {A}', '$A {A}'],
])('%s is expanded', (text, expanded) => {
  expect(expand(text, { A: 'one', EMPTY: '' }, 'here')).toBe(expanded)
})

test('a variable that is not set is named, with its place and the remedy', () => {
  const text = variable('NONE')
  expect(() => expand(text, {}, 'mcpServers.it.url')).toThrow(
    `${text} in mcpServers.it.url is not set; set the variable NONE, or write ${variable('NONE:-')} where it may be empty`,
  )
})

test('a policy that makes no sense is refused', () => {
  expect(() => parsePolicy({ patienceMs: -1 })).toThrow(
    expect.objectContaining({
      code: 'wrong_form',
      message: 'option "patienceMs": Too small: expected number to be >0',
    }),
  )
})

test.each([
  [
    { url: 'https://user:s3cret@example.org/mcp' },
    'mcpServers.it.url holds a user name or a password; put credentials into "headers"',
  ],
  [
    { url: 'https://example.org/mcp', headers: { Authorization: 'Bearer s3\ncret' } },
    'mcpServers.it.headers.Authorization cannot stand in an HTTP header',
  ],
])('credentials in the wrong place are refused without being repeated', (entry, problem) => {
  expect(problemOf(entry)).toBe(problem)
})
