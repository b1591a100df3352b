import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Claims, claimName, functionName, isReserved } from '../../src/machines/names.ts'

const legal = /^[a-zA-Z0-9_-]{1,64}$/
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 150 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '_', '-'), minLength: 50, maxLength: 70 }),
  fc.constantFrom('search', 'search_web', 'search web', 'tool_status', 'confirm_call', 'lk_agents_end'),
)

test('every name can be given to a model', () => {
  fc.assert(fc.property(anyName, (name) => legal.test(functionName(name))))
})

test('a name that can be given already stays as it is', () => {
  const given = fc.stringMatching(legal)
  fc.assert(fc.property(given, (name) => functionName(name) === name))
})

test('long names keep their beginning and differ by their hash', () => {
  const beginning = 'x'.repeat(64)
  expect(functionName(`${beginning}a`)).toMatch(/^x{55}_[0-9a-f]{8}$/)
  expect(functionName(`${beginning}a`)).not.toBe(functionName(`${beginning}b`))
})

test('no two owners share a name, each keeps its own, and none is reserved', () => {
  const owner = fc.constantFrom('one', 'two', 'three')
  const claim = fc.record({
    owner,
    tool: fc.record({ name: anyName, as: fc.option(anyName, { nil: undefined }) }),
  })
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 30 }), (wanted) => {
      const claims: Claims = new Map()
      const owners = new Map<string, string>()
      const given = wanted.map(({ owner, tool }) => {
        const name = claimName(claims, { kind: 'server', name: owner }, tool, (taken) => taken === 'search')
        if (name === undefined) return undefined
        const claimant = JSON.stringify([owner, tool.name])
        expect(owners.get(name) ?? claimant).toBe(claimant)
        owners.set(name, claimant)
        expect(name).toMatch(legal)
        expect(isReserved(name) || name === 'search').toBe(false)
        return name
      })
      const again = wanted.map(({ owner, tool }) =>
        claimName(claims, { kind: 'server', name: owner }, tool, (taken) => taken === 'search'),
      )
      expect(again).toEqual(given)
    }),
  )
})
