import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { installing, type Needy, packagesOf } from '../../src/packages.ts'
import { requirements } from './requirements.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const manifestSchema = z.object({
  peerDependencies: z.record(z.string(), z.string()),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })),
})
const all: Needy[] = [
  'mcp-switchboard/livekit',
  'mcp-switchboard/rehearsal',
  'mcp-switchboard/inspector',
  'mcp-switchboard/registry',
  'rehearseCall',
  'switchboard rehearse with the two examples',
  'switchboard page with the two examples',
  'switchboard worker',
]

test('what a message tells to install are the optional peers, in a version of their range', () => {
  const { peerDependencies, peerDependenciesMeta } = manifestSchema.parse(JSON.parse(read('package.json')))
  expect(Object.keys(peerDependenciesMeta).sort()).toEqual(Object.keys(peerDependencies).sort())
  const told = new Set(all.flatMap(requirements))
  told.add(installing('@statelyai/inspect').replace('npm install ', ''))
  const inRange = Object.entries(peerDependencies).map(([name, range]) => {
    const version = range.replace('^', '')
    return [...told].find((one) => {
      const at = one.lastIndexOf('@')
      return one.slice(0, at) === name && `${version}.`.startsWith(`${one.slice(at + 1)}.`)
    })
  })
  expect(inRange.sort()).toEqual([...told].sort())
})

test('the documents tell to install the same', () => {
  const line = (who: Needy) => `\n${installing(...packagesOf(who))}\n`
  expect(read('docs/registry.md')).toContain(line('mcp-switchboard/registry'))
  expect(read('docs/testing.md')).toContain(line('rehearseCall'))
})

test.each(['agent', 'rehearsal', 'inspector'])(
  'what is behind the check of %s is all there',
  async (part) => {
    const guarded: object = await import(`../../src/${part}/entry.ts`)
    const whole: object = await import(`../../src/${part}/index.ts`)
    expect(Object.keys(guarded).sort()).toEqual(Object.keys(whole).sort())
  },
)
