import { expect, test } from 'vitest'
import { Store } from '../../src/inspector/page/store.ts'
import type { Changes } from '../../src/inspector/wire.ts'

function after(...changes: Changes[]): Store {
  const store = new Store(() => {})
  for (const one of changes) store.apply({ type: 'changes', at: 0, changes: one })
  return store
}

test('a page that is open for days keeps the newest conversations, and those that go on', () => {
  const one = (conversationId: string) => ({ conversationId, startedAt: 0, marks: [] })
  const ended = Array.from({ length: 400 }, (_, index) => ({ ...one(`${index}`), endedAt: 1 }))
  const { state } = after(
    { conversations: [one('long')] },
    ...ended.map((each) => ({ conversations: [each] })),
  )
  const newest = ended.slice(-299).map(({ conversationId }) => conversationId)
  expect([...state.conversations.keys()]).toEqual(['long', ...newest])
})

test('a call that goes on is not forgotten for a thousand others', () => {
  const one = (callId: string) => ({
    ...{ callId, conversationId: callId, function: 'wait', argumentsText: '{}' },
    ...{ state: 'running' as const, startedAt: 0, attempts: [], progress: [] },
  })
  const ended = Array.from({ length: 1_100 }, (_, index) => ({ ...one(`${index}`), endedAt: 1 }))
  const { state } = after({ calls: [one('long'), ...ended] })
  const newest = ended.slice(-999).map(({ callId }) => callId)
  expect([...state.calls.keys()]).toEqual(['long', ...newest])
})
