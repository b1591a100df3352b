import { describe, expect, test } from 'vitest'
import { ScriptedConversation } from './scripted-conversation.ts'
import { toolNamed } from './scripted-directory.ts'

function conversation(policy = {}) {
  const tools = [toolNamed('charge'), toolNamed('look', { annotations: { readOnlyHint: true } })]
  return new ScriptedConversation(policy).serve('bank', { tools })
}

describe('silence', () => {
  const noticed = ({ news }: ScriptedConversation) => news.filter(({ type }) => type === 'silence.noticed')
  const notice = (saidBefore: number, functions = ['charge'], progress = {}) => ({
    ...{ type: 'silence.noticed', functions, saidBefore },
    ...progress,
  })
  const calling = (callId = '1') => conversation().call('charge', { callId, response: 'a' })

  test('is noticed when a call of a model takes long, and again later, less often', () => {
    const one = calling().wait(1_199)
    expect(noticed(one)).toEqual([])
    expect(noticed(one.wait(1))).toEqual([notice(0)])
    expect(noticed(one.wait(7_999))).toEqual([notice(0)])
    expect(noticed(one.wait(1))).toEqual([notice(0), notice(1)])
  })

  test('has other limits where the policy says so', () => {
    const one = conversation({ fillerAfterMs: 10, fillerAgainAfterMs: 20 }).call('charge', { response: 'a' })
    expect(noticed(one.wait(10).wait(20))).toEqual([notice(0), notice(1)])
  })

  test('is nothing to a program, which hears for itself', () => {
    expect(noticed(conversation().call('charge').wait(60_000))).toEqual([])
  })

  test('is over when the answer is there', () => {
    const one = calling().wait(1_199).answer({ content: [] })
    expect(noticed(one.wait(60_000))).toEqual([])
    const later = calling().wait(1_200).answer({ content: [] })
    expect(noticed(later.wait(60_000))).toEqual([notice(0)])
  })

  test.each(['caller', 'agent'] as const)('begins when the %s is silent again', (who) => {
    const one = calling().wait(1_000).speaks(who).wait(5_000)
    expect(noticed(one)).toEqual([])
    expect(noticed(one.speaks(who, false).wait(1_199))).toEqual([])
    expect(noticed(one.wait(1))).toEqual([notice(0)])
  })

  test('lasts on while one of several calls is still running, and counts anew for later ones', () => {
    const one = calling().call('look', { callId: '2', response: 'a' }).wait(1_200)
    one.answer({ content: [] }, '1').wait(8_000)
    expect(noticed(one)).toEqual([notice(0, ['charge', 'look']), notice(1, ['look'])])
    one.answer({ content: [] }, '2').call('charge', { callId: '3', response: 'b' }).wait(1_200)
    expect(noticed(one).at(-1)).toEqual(notice(0))
  })

  test('is told with the server’s own words, the newest', () => {
    const one = calling().progress('1', 'reading').progress('1', 'writing').progress('1').wait(1_200)
    expect(noticed(one)).toStrictEqual([notice(0, ['charge'], { progress: 'writing' })])
    // A later call that has none does not hide it.
    const two = calling().call('look', { callId: '2', response: 'a' }).progress('1', 'reading').wait(1_200)
    expect(noticed(two)).toStrictEqual([notice(0, ['charge', 'look'], { progress: 'reading' })])
    expect(noticed(calling().wait(1_200))).toStrictEqual([notice(0)])
  })

  test('ends with the conversation', () => {
    const one = calling().send({ type: 'end' })
    expect(one.actor.getSnapshot().status).toBe('done')
    expect(noticed(one.wait(60_000))).toEqual([])
  })

  test('is not begun anew by somebody who is said to be silent already', () => {
    const one = calling().wait(1_000).speaks('agent', false).speaks('caller', false).wait(200)
    expect(noticed(one)).toEqual([notice(0)])
    one.wait(4_000).speaks('agent', false).wait(4_000)
    expect(noticed(one)).toEqual([notice(0), notice(1)])
  })

  test('counts anew also where somebody spoke when the last call ended', () => {
    const one = calling().wait(1_200).speaks('agent').answer({ content: [] }).speaks('agent', false)
    one.call('charge', { callId: '2', response: 'b' }).wait(1_200)
    expect(noticed(one)).toEqual([notice(0), notice(0)])
  })
})
