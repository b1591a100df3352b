import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blamedPlaces, RefusalSearch } from '../../src/agent/model/refusal.ts'

describe('what an error blames', () => {
  const names = ['search', 'charge', 'mail']
  const refusal = { type: 'invalid_request_error', message: 'No.' }

  test.each([
    ['the place it names', { ...refusal, param: 'session.tools[1].parameters' }, [1]],
    ['the place without the session', { ...refusal, param: 'tools[2].name' }, [2]],
    [
      'a place in its words only',
      { ...refusal, message: "Unknown parameter: 'session.tools[0].meta'." },
      [0],
    ],
    ['the function it names', { ...refusal, message: "Invalid schema for function 'mail': no." }, [2]],
    [
      'those above the longest list',
      { ...refusal, param: 'session.tools', message: 'Expected an array with maximum length 1, but got 3.' },
      [1, 2],
    ],
    ['a place that is not in the list', { ...refusal, param: 'session.tools[7]' }, 'not said'],
    ['nothing', { ...refusal, param: null }, 'not said'],
    ['another part of the session', { ...refusal, param: 'session.model' }, 'not the list'],
    ['the endpoint itself', { type: 'server_error', message: 'tools[0] broke me' }, 'not the list'],
  ])('%s', (_, error, blamed) => {
    expect(blamedPlaces(error, names)).toEqual(blamed)
  })
})

describe('a search', () => {
  /** Searches as long as something is refused; what was found, and how many lists it took. */
  function search(wanted: number[], taken: number[], isTaken: (list: number[]) => boolean) {
    const one = new RefusalSearch(wanted, taken)
    const found: number[] = []
    let tries = 0
    const note = (more: number[] | 'anything is refused'): boolean => {
      if (more === 'anything is refused') return false
      found.push(...more)
      return true
    }
    note(one.start())
    let last = taken
    for (let next = one.next; next !== undefined; next = one.next) {
      tries += 1
      const answer = isTaken(next)
      if (answer) last = next
      if (!note(one.answered(answer))) return 'anything is refused'
    }
    return { found: found.toSorted((a, b) => a - b), tries, last }
  }

  test('finds exactly the bad ones, keeps the good ones in order, and needs few lists', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(numbers, fc.func(fc.boolean()), fc.nat(5), fc.boolean(), (wanted, isOld, rare, isGone) => {
        const bad = wanted.filter((item) => item % (rare + 2) === 0)
        fc.pre(bad.length > 0)
        const old = wanted.filter((item) => !bad.includes(item) && isOld(item))
        const taken = isGone ? [...old, 1_000] : old
        const result = search(wanted, taken, (list) => !list.some((item) => bad.includes(item)))
        const good = wanted.filter((item) => !bad.includes(item))
        expect(result).toMatchObject({ found: bad.toSorted((a, b) => a - b), last: good })
        const most = 2 + 2 * bad.length * Math.ceil(Math.log2(wanted.length) + 1)
        expect(result).toHaveProperty(
          'tries',
          expect.toSatisfy((tries: number) => tries <= most),
        )
      }),
    )
  })

  test('one bad of 128 takes 7 lists', () => {
    const wanted = Array.from({ length: 128 }, (_, index) => index)
    expect(search(wanted, [], (list) => !list.includes(127))).toMatchObject({ found: [127], tries: 7 })
  })

  test('a new one beside those that the endpoint has is to blame without another try', () => {
    expect(search([1, 2, 3], [1, 2], () => false)).toEqual({ found: [3], tries: 0, last: [1, 2] })
  })

  test('a limit of the whole list leaves out as few as it must', () => {
    const wanted = Array.from({ length: 20 }, (_, index) => index)
    expect(search(wanted, [], (list) => list.length <= 13)).toMatchObject({
      found: [13, 14, 15, 16, 17, 18, 19],
      last: wanted.slice(0, 13),
    })
  })

  test('an endpoint that takes nothing blames no tool', () => {
    expect(search([1, 2], [3], () => false)).toBe('anything is refused')
  })
})
