import { expect, test } from 'vitest'
import { createActor } from 'xstate'
import { parsePolicy } from '../../src/contract/policy.ts'
import { initialCall } from '../../src/machines/call-context.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { Directory } from '../../src/machines/directory.ts'
import { initialContext } from '../../src/machines/server-context.ts'
import { entry } from './scripted-server.ts'

const times = { now: () => 0, random: () => 0, policy: parsePolicy({}) }
const receiver = { send: () => {} }
const directory = new Directory()

test('no context has so many fields that each change copies it slowly', () => {
  const contexts = {
    server: initialContext({ ...times, entry, supervisor: receiver, othersAway: () => 0 }),
    call: initialCall({
      ...{ ...times, directory, conversation: receiver, callId: 'a', functionName: 'charge', arguments: {} },
      timeoutMs: undefined,
    }),
    conversation: createActor(conversationMachine, { input: { ...times, directory } }).getSnapshot().context,
  }
  const sizes = Object.entries(contexts).map(([machine, context]) => [
    machine,
    Object.keys(context).length < 20,
  ])
  expect(sizes).toEqual([
    ['server', true],
    ['call', true],
    ['conversation', true],
  ])
})
