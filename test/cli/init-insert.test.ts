import fc from 'fast-check'
import { expect, test } from 'vitest'
import { serversIn, withServers } from '../../src/cli/init/edit.ts'

const trivia = fc.constantFrom('', ' ', '\n', '\n\t\t', '/* , } */', '// mine, too }\n', ' // "a": 1\r\n  ')
const name = fc.stringMatching(/^[a-z]{1,4}$/)

/** A file as somebody has left it: comments and blanks anywhere, a comma too many or none. */
const file = fc
  .record({
    names: fc.uniqueArray(name, { maxLength: 3 }),
    trivia: fc.array(trivia, { minLength: 24, maxLength: 24 }),
    isTrailing: fc.boolean(),
    key: fc.constantFrom('mcpServers', 'servers', undefined),
  })
  .map(({ names, trivia, isTrailing, key }) => {
    const rest = [...trivia]
    const between = () => rest.pop() ?? ''
    const properties = names.map(
      (one) => `${between()}"${one}"${between()}:${between()}{ "command": "${one}" }`,
    )
    const comma = isTrailing && names.length > 0 ? ',' : ''
    const servers = `{${properties.join(`${between()},`)}${between()}${comma}${between()}}`
    const whole = key === undefined ? '' : `"${key}":${between()}${servers}${between()}`
    return { text: `${between()}{${between()}${whole}}${between()}`, names: key === undefined ? [] : names }
  })

test('a file gains what is added and loses nothing, whatever it looks like', () => {
  fc.assert(
    fc.property(file, ({ text, names }) => {
      const added = [
        { name: 'ADDED', entry: { command: 'added', args: ['a, }', 'b'] }, comment: 'first' },
        { name: 'OTHER', entry: { url: 'https://example.org' }, comment: 'second' },
      ]
      const result = withServers(text, added)
      expect([...serversIn(result, 'mcp.json')]).toEqual([
        ...names.map((one) => [one, { command: one }]),
        ...added.map(({ name, entry }) => [name, entry]),
      ])
      // But for commas and blanks, one piece was put into it.
      const bare = (one: string) => one.replace(/[\s,]/g, '')
      const [before, after] = [bare(text), bare(result)]
      const common = [...before].findIndex((character, index) => after[index] !== character)
      expect(after.endsWith(before.slice(common))).toBe(true)
    }),
    { numRuns: 300 },
  )
})
