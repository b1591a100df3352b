import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { expand } from '../../src/config/expand.ts'
import { readConfiguration } from '../../src/config/read.ts'
import { type Configuration, parseServers } from '../../src/config/servers.ts'
import { SwitchboardError } from '../../src/contract/errors.ts'
import { anyJson, anyName, objectOf } from './arbitraries.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchboard-properties-'))
afterAll(() => rmSync(folder, { recursive: true }))

function read(text: string): Configuration {
  const file = join(folder, 'servers.json')
  writeFileSync(file, text)
  return readConfiguration(file, {})
}

const variable = (name: string) => `$\u007b${name}}`

const texts = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.constantFrom(...['SET', 'NONE', 'input:key', 'file:key', 'cwd', '/'].map(variable), '$\u007b', '\0'),
)

/** Nearly right: each key sometimes with a value that belongs there, sometimes with any. */
const nearlyAnEntry = fc.record(
  {
    type: fc.oneof(fc.constantFrom('stdio', 'http', 'sse'), anyJson),
    command: fc.oneof(texts, anyJson),
    args: fc.oneof(fc.array(texts, { maxLength: 3 }), anyJson),
    env: fc.oneof(fc.dictionary(anyName, texts, { maxKeys: 3 }), anyJson),
    envFile: fc.oneof(texts, anyJson),
    cwd: fc.oneof(texts, anyJson),
    serverUrl: fc.oneof(texts, anyJson),
    disabledTools: fc.oneof(fc.array(texts, { maxLength: 2 }), anyJson),
    url: fc.oneof(fc.webUrl(), texts, anyJson),
    headers: fc.oneof(fc.dictionary(anyName, texts, { maxKeys: 3 }), anyJson),
    disabled: fc.oneof(fc.boolean(), anyJson),
    switchboard: fc.oneof(
      fc.record(
        { group: texts, priority: fc.integer(), tools: fc.dictionary(anyName, anyJson) },
        { requiredKeys: [] },
      ),
      anyJson,
    ),
  },
  { requiredKeys: [] },
)
const anyEntry = fc.oneof(nearlyAnEntry, anyJson)
const environment = { SET: 'a value' }

test('any JSON as a file gives servers, or one error in one line', () => {
  const file = fc.oneof(
    anyJson,
    fc.record({ mcpServers: anyJson }),
    fc.record({ servers: fc.dictionary(anyName, anyEntry, { maxKeys: 3 }), inputs: anyJson }),
    fc.record({ projects: fc.record({ [process.cwd()]: anyJson }) }),
    fc.record({ mcpServers: fc.dictionary(anyName, anyEntry, { maxKeys: 3 }) }),
  )
  fc.assert(
    fc.property(file, (value) => {
      try {
        const { entries } = read(JSON.stringify(value))
        for (const { definition, problem } of entries) expect([definition, problem]).toContain(undefined)
      } catch (error) {
        expect(error).toBeInstanceOf(SwitchboardError)
        expect(error).toMatchObject({ code: 'wrong_form', message: expect.not.stringContaining('\n') })
      }
    }),
    { numRuns: 100 },
  )
})

test('any text as a file gives servers, or one error in one line', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"mcpServers"',
    '"a"',
    '1',
    '//',
    '/*',
    '*/',
    '\n',
    '\ufeff',
  )
  const text = fc.oneof(
    fc.array(piece).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(text, (written) => {
      try {
        expect(read(written).warnings).toEqual(expect.any(Array))
      } catch (error) {
        expect(error).toBeInstanceOf(SwitchboardError)
        expect(error).toMatchObject({ message: expect.not.stringContaining('\n') })
      }
    }),
    { numRuns: 100 },
  )
})

test('whatever is wrong with an entry, its neighbours do not notice', () => {
  const bank = { command: 'bank', args: ['--open'] }
  const [alone] = parseServers({ bank }, {}).entries
  fc.assert(
    fc.property(anyName, anyEntry, (name, entry) => {
      fc.pre(name !== 'bank' && name !== 'bench')
      const servers = objectOf<unknown>([
        ['bank', bank],
        [name, entry],
        ['bench', bank],
      ])
      const { entries } = parseServers(servers, environment)
      expect(entries.find((one) => one.name === 'bank')).toEqual(alone)
      expect(entries.some((one) => one.name === 'bench' && one.definition)).toBe(true)
      // Those that are switched off are left out.
      const others = entries.filter((one) => one.name !== 'bank' && one.name !== 'bench')
      expect(others.length).toBeLessThanOrEqual(1)
      for (const one of others) expect(one.name).toBe(name)
    }),
    { numRuns: 300 },
  )
})

test('what is wrong with an entry is said in one line', () => {
  fc.assert(
    fc.property(anyName, anyEntry, (name, entry) => {
      const { entries, warnings } = parseServers(objectOf([[name, entry]]), environment)
      const lines = [...entries.flatMap(({ problem }) => problem ?? []), ...warnings]
      for (const line of lines) expect(line).not.toMatch(/[\n\r]/)
    }),
    { numRuns: 300 },
  )
})

test('comments and trailing commas mean nothing', () => {
  const servers = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.record({ command: fc.string({ minLength: 1 }) }),
    {
      maxKeys: 4,
    },
  )
  fc.assert(
    fc.property(servers, (mcpServers) => {
      const plain = JSON.stringify({ mcpServers }, undefined, 1)
      const adorned = plain.replace(/\n( *)([\]}])/g, ', // the last\n$1$2')
      expect(read(`/* mine */ ${adorned}`)).toEqual(read(plain))
    }),
    { numRuns: 30 },
  )
})

test('a text without a reference expands to itself, and each reference to its value alone', () => {
  const word = fc.stringMatching(/^[^$]{0,8}$/)
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,5}$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(word, name, fc.string()), { maxLength: 5 }), word, (parts, last) => {
      const environment = Object.fromEntries(parts.map(([, name, value]) => [name, value]))
      const text = parts.map(([word, name]) => word + variable(name)).join('') + last
      const values: string[] = []
      const expanded = expand(text, environment, 'here', (value) => values.push(value))
      // A value that looks like a reference is not expanded again.
      expect(expanded).toBe(parts.map(([word, name]) => word + environment[name]).join('') + last)
      expect(values).toEqual(parts.map(([, name]) => environment[name]))
      expect(expand(last, {}, 'here')).toBe(last)
    }),
  )
})
