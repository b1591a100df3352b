import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { readConfiguration } from '../../src/config/read.ts'
import { SealedTarget } from '../../src/config/sealed-target.ts'
import { createSwitchboard } from '../../src/index.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'switchboard-config-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function fileWith(text: string): string {
  const file = join(folder(), 'servers.json')
  writeFileSync(file, text)
  return file
}

const bank = {
  name: 'bank',
  definition: {
    name: 'bank',
    target: new SealedTarget({ kind: 'stdio', command: 'bank', args: [], env: {} }),
    options: serverOptionsSchema.parse({}),
  },
}

test.each([
  ['plain JSON', '{"mcpServers":{"bank":{"command":"bank"}}}'],
  ['a byte order mark', '\uFEFF{"mcpServers":{"bank":{"command":"bank"}}}'],
  [
    'comments and trailing commas',
    '// mine\n{"mcpServers": { /* the bank */ "bank": {"command": "bank",}, },}',
  ],
  ['other keys beside', '{"theme":"dark","mcpServers":{"bank":{"command":"bank"}}}'],
])('%s is read', (_, text) => {
  expect(readConfiguration(fileWith(text), {})).toEqual({ entries: [bank], warnings: [] })
})

test.each([
  ['a missing value', '{\n  "mcpServers": {\n    "bank": }\n}', '3:13', 'value expected'],
  ['a missing comma', '{\n"a": 1\n"b": 2}', '3:1', 'comma expected'],
  ['an end too early', '{\n  "mcpServers": {', '2:18', 'close brace expected'],
  ['nothing', '', '1:1', 'value expected'],
  ['a wrong word', '{"a": yes}', '1:7', 'invalid symbol'],
])('%s is told with line and column', (_, text, place, what) => {
  const file = fileWith(text)
  expect(() => readConfiguration(file, {})).toThrow(
    expect.objectContaining({
      code: 'not_json',
      message: `${file}:${place}: not JSON (${what}); correct it at that place`,
    }),
  )
})

test('a file that is missing, a folder, and a file without servers are told apart', () => {
  const path = folder()
  mkdirSync(join(path, 'inner'))
  const noServers = fileWith('{"server":{}}')
  expect(() => readConfiguration(join(path, 'none.json'), {})).toThrow(
    expect.objectContaining({
      code: 'file_missing',
      message: `${join(path, 'none.json')}: no such file; create it, or name another with configFile`,
    }),
  )
  expect(() => readConfiguration(join(path, 'inner'), {})).toThrow(
    expect.objectContaining({ code: 'file_unreadable' }),
  )
  expect(() => readConfiguration(noServers, {})).toThrow(
    expect.objectContaining({
      code: 'wrong_form',
      message: `${noServers}: no object "mcpServers" in it; write { "mcpServers": { "name": { "command": … } } }`,
    }),
  )
})

test.skipIf(process.platform === 'win32')('a pipe is refused, and not waited for', () => {
  const pipe = join(folder(), 'pipe')
  execFileSync('mkfifo', [pipe])
  const problem = {
    code: 'file_unreadable',
    message: `${pipe}: is a pipe or a device, which is read once at most; name a file that stays`,
  }
  expect(() => readConfiguration(pipe, {})).toThrow(expect.objectContaining(problem))
  expect(() => createSwitchboard({ configFile: pipe, watch: true })).toThrow(expect.objectContaining(problem))
})

test('a relative folder of a server is meant from the file', () => {
  const file = fileWith('{"mcpServers":{"bank":{"command":"bank","cwd":"data"}}}')
  const { entries } = readConfiguration(file, {})
  expect(entries[0]?.definition?.target.open()).toMatchObject({ cwd: join(file, '..', 'data') })
})
