import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseServers } from '../../src/config/servers.ts'
import { cap, clean } from '../../src/text/text.ts'

const variable = (name: string) => `$\u007b${name}}`

/** Long enough to be taken for a secret, and like nothing that is said of one. */
const secret = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019+/=._~-$&%#?"\\ é🎉'), minLength: 6, maxLength: 24 })
  .filter((text) => text.trim().length >= 6)
const around = fc.string({ unit: fc.constantFrom(...'mnopq \n'), maxLength: 12 })

/** Where `${SECRET}` may stand. */
const entry = fc.constantFrom(
  { command: 'bank', args: ['--token', variable('SECRET')] },
  { command: 'bank', args: [`--token=${variable('SECRET')}`] },
  { command: 'bank', env: { TOKEN: variable('SECRET') } },
  { command: 'bank', env: { TOKEN: variable('NONE:-') + variable('SECRET') } },
  { command: variable('SECRET') },
  { url: `https://example.org/mcp?key=${variable('SECRET')}` },
  { url: 'https://example.org/mcp', headers: { 'X-Token': `Token ${variable('SECRET')}` } },
)

const spellings: [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['in JSON', (secret) => JSON.stringify(secret)],
  ['in a URL', encodeURIComponent],
]

test.each(spellings)('a value that a reference stood for is in no masked text: %s', (_, spell) => {
  fc.assert(
    fc.property(secret, entry, around, around, (secret, server, before, after) => {
      const [read] = parseServers({ bank: server }, { SECRET: secret }).entries
      fc.pre(read?.definition !== undefined)
      const masked = read.definition.target.mask(clean(`${before}${spell(secret)}${after}`))
      expect(masked).toContain('[hidden]')
      expect(masked).not.toContain(spell(secret).trim())
      expect(masked).not.toContain(secret.trim())
    }),
    { numRuns: 300 },
  )
})

test('what a cut left of a value is in no masked text', () => {
  fc.assert(
    fc.property(
      secret,
      around,
      around,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (secret, before, after, where) => {
        const token = secret.trim()
        const at = 3 + Math.floor(where * (token.length - 3))
        const [read] = parseServers({ bank: { command: 'bank', env: { TOKEN: token } } }, {}).entries
        fc.pre(read?.definition !== undefined && at < token.length)
        const text = cap(`${before}${token}${after}`, before.length + at)
        expect(read.definition.target.mask(text)).not.toContain(token.slice(0, 3))
      },
    ),
    { numRuns: 300 },
  )
})

test('neither a problem nor a printed entry tells what a reference stood for', () => {
  const broken = fc.constantFrom(
    ...[
      { url: variable('SECRET') },
      { url: 'https://example.org', headers: { 'X-Token': `\n${variable('SECRET')}` } },
    ],
    ...[
      { command: `\0${variable('SECRET')}` },
      { command: 'bank', args: [variable('SECRET'), variable('NONE')] },
    ],
    ...[{ url: `https://${variable('SECRET')}@example.org` }, { command: 'a', url: variable('SECRET') }],
  )
  fc.assert(
    fc.property(secret, fc.oneof(entry, broken), (secret, server) => {
      const read = parseServers({ bank: server }, { SECRET: secret })
      const printed = [inspect(read, { depth: 9, showHidden: true }), JSON.stringify(read)].join('\n')
      expect(printed).not.toContain(secret.trim())
    }),
    { numRuns: 300 },
  )
})
