import { llm } from '@livekit/agents'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createRealtimeModel, deliverOutput, type RealtimeSession } from '../../src/agent/index.ts'
import { openEndpoint } from './call.ts'
import type { RealtimeEndpoint } from './realtime-endpoint.ts'

let endpoint: RealtimeEndpoint
let rt: RealtimeSession

beforeEach(async () => {
  endpoint = await openEndpoint()
  rt = createRealtimeModel({ provider: 'rehearsal', baseURL: endpoint.url }).session()
  onTestFinished(() => rt.close())
  await rt.connected
  await rt.updateChatCtx(including(rt.chatCtx, said('hello')))
})

const said = (text: string) => llm.ChatMessage.create({ role: 'user', content: text, id: `said_${text}` })
const call = (name: string) => ({ callId: `call_${name}`, name, args: '{}' })

function including(chatCtx: llm.ChatContext, ...items: llm.ChatItem[]): llm.ChatContext {
  const copy = chatCtx.copy()
  copy.items.push(...items)
  return copy
}

/** What the model knows, in its order. */
function known(): unknown[] {
  return endpoint.items.map(({ type, content, call_id, output }) =>
    type === 'message' ? Object(content)[0].text : (output ?? call_id),
  )
}

describe('updates of what the model knows', () => {
  test('two answers at one time both stay', async () => {
    await Promise.all([deliverOutput(rt, call('a'), '"of a"'), deliverOutput(rt, call('b'), '"of b"')])
    expect(known()).toEqual(['hello', 'call_a', '"of a"', 'call_b', '"of b"'])
    expect(endpoint.complaints).toEqual([])
  })

  test('two answers of one call at one time both stay', async () => {
    await Promise.all([deliverOutput(rt, call('a'), '"first"'), deliverOutput(rt, call('a'), '"second"')])
    expect(known()).toEqual(['hello', 'call_a', '"first"', 'call_a_late_1', '"second"'])
  })

  test('a call that has an answer gets no second one of the framework', async () => {
    const { callId, name } = call('a')
    const again = () => llm.FunctionCallOutput.create({ callId, name, output: '"again"', isError: false })
    const meanwhile = including(rt.chatCtx, again())
    await Promise.all([deliverOutput(rt, call('a'), '"of a"'), rt.updateChatCtx(meanwhile)])
    await rt.updateChatCtx(including(rt.chatCtx, again()))
    expect(known()).toEqual(['hello', 'call_a', '"of a"'])
    expect(endpoint.complaints).toEqual([])
  })

  test('one that the framework makes of its own copy leaves an answer that was delivered meanwhile', async () => {
    const copied = rt.chatCtx.copy()
    const delivered = deliverOutput(rt, call('a'), '"of a"')
    await rt.updateChatCtx(including(copied, said('and')))
    await delivered
    expect(known()).toEqual(['hello', 'call_a', '"of a"', 'and'])
  })

  test('what the caller says while one is on its way stays, at its place', async () => {
    endpoint.beforeItem = () => endpoint.hear('stop')
    await Promise.all([
      rt.updateChatCtx(including(rt.chatCtx, said('one'))),
      rt.updateChatCtx(including(rt.chatCtx, said('two'))),
    ])
    expect(known()).toEqual(['hello', 'one', 'stop', 'two'])
    expect(rt.chatCtx.items).toHaveLength(4)
    expect(endpoint.events.filter(({ type }) => type === 'conversation.item.delete')).toEqual([])
  })

  test('what is left out on purpose is forgotten, also behind another one', async () => {
    await rt.updateChatCtx(including(rt.chatCtx, said('one')))
    const without = rt.chatCtx.copy()
    without.items.shift()
    await Promise.all([deliverOutput(rt, call('a'), '"of a"'), rt.updateChatCtx(without)])
    expect(known()).toEqual(['one', 'call_a', '"of a"'])
  })

  test('one that fails does not stop the next', async () => {
    const broken = rt.updateChatCtx(including(rt.chatCtx, said('twice'), said('twice')))
    const next = rt.updateChatCtx(including(rt.chatCtx, said('one')))
    await expect(broken).rejects.toThrow('Invalid chat context')
    await next
    expect(known()).toEqual(['hello', 'one'])
  })

  test('one that waits when the session ends is not sent', async () => {
    endpoint.beforeItem = () => void rt.close()
    const first = rt.updateChatCtx(including(rt.chatCtx, said('one')))
    const second = rt.updateChatCtx(including(rt.chatCtx, said('two')))
    await expect(second).rejects.toThrow('the session with the model has ended')
    await first
  })
})
