import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Claims, claimName, functionName, isReserved, type Owner } from '../../src/machines/names.ts'

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

test.each([
  ['a character that a model may not be given is replaced', 'search web/größe', 'search_web_gr__e'],
  ['no name at all', '', '_'],
  ['64 characters stay', 'x'.repeat(64), 'x'.repeat(64)],
  ['more are cut, and get the SHA-256 of all', 'x'.repeat(65), `${'x'.repeat(55)}_9537c5fd`],
  ['of the name as the server has it', `${'x'.repeat(64)} y`, `${'x'.repeat(55)}_f1b3f705`],
])('%s', (_, given, name) => {
  expect(functionName(given)).toBe(name)
})

test.each([
  ['tool_status', true],
  ['confirm_call', true],
  ['lk_agents_', true],
  ['lk_agents_end_call', true],
  ['tool_status_2', false],
  ['confirm_calls', false],
  ['lk_agents', false],
  ['my_lk_agents_end', false],
])('%s is reserved: %s', (name, expected) => {
  expect(isReserved(name)).toBe(expected)
})

describe('a tool gets', () => {
  const owner = { kind: 'server', name: 'bank' } as const
  const taking = (...taken: string[]) => {
    const claims: Claims = new Map()
    const claim = (tool: { name: string; as?: string }, by: Owner = owner) =>
      claimName(claims, by, tool, (name) => taken.includes(name))
    return claim
  }

  test('its own name, or the one that it is given', () => {
    const claim = taking()
    expect(claim({ name: 'charge card' })).toBe('charge_card')
    expect(claim({ name: 'charge', as: 'pay now' })).toBe('pay_now')
  })

  test.each([
    ['another tool has it', [], { name: 'pay', as: 'charge' }, 'bank__charge'],
    ['it is taken elsewhere', ['pay'], { name: 'pay' }, 'bank__pay'],
    ['it is reserved', [], { name: 'tool_status' }, 'bank__tool_status'],
    ['both are taken', ['pay', 'bank__pay'], { name: 'pay' }, undefined],
  ])('the name of its owner in front where %s', (_, taken, tool, name) => {
    const claim = taking(...taken)
    claim({ name: 'charge' })
    expect(claim(tool)).toBe(name)
    expect(claim(tool)).toBe(name)
    expect(claim({ name: 'charge' })).toBe('charge')
  })

  test('no name of a group that is named as its server', () => {
    const claim = taking()
    expect(claim({ name: 'charge' })).toBe('charge')
    expect(claim({ name: 'charge' }, { kind: 'group', name: 'bank' })).toBe('bank__charge')
  })
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
