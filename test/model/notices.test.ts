import { expect, test } from 'vitest'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { ConversationDriver } from './conversation-driver.ts'
import { type ConversationModelEventName, conversationSeenFromOutside } from './conversation-model.ts'
import { ServerDriver } from './server-driver.ts'
import { type ServerModelEventName, serverMachineSeenFromOutside } from './server-model.ts'
import { modelOf } from './walks.ts'

const yes = () => true

type BrokenServer = [
  bug: string,
  machine: typeof serverMachine,
  events: ServerModelEventName[],
  seen: unknown,
]

test.each<BrokenServer>([
  [
    'a server that is removed does not finish its call',
    serverMachine.provide({ guards: { isIdle: yes } }),
    ['it answers', 'it is removed during a call', 'its call ends'],
    'connection_lost, unknown',
  ],
  [
    'a degraded server is left although a call runs',
    serverMachine.provide({ guards: { isIdleWithoutStream: yes } }),
    ['it answers', 'it answers no pings during a call'],
    { state: 'reconnecting' },
  ],
])('the model of a server notices that %s', async (_, broken, events, seen) => {
  const model = modelOf(serverMachineSeenFromOutside('stdio'))
  const [path] = model.getPathsFromEvents(events.map((type) => ({ type })))
  const driver = await ServerDriver.open('stdio', productionDependencies(broken))
  await expect(path?.test(driver)).rejects.toMatchObject({ actual: seen })
})

type BrokenCall = [
  bug: string,
  machine: typeof callMachine,
  events: ConversationModelEventName[],
  seen: unknown,
]

test.each<BrokenCall>([
  [
    'an unsafe call is sent again',
    callMachine.provide({ guards: { isRetriable: yes } }),
    ['the caller asks to charge', 'the server dies and is replaced'],
    { tool: 'charge', ran: 2, sent: 2 },
  ],
  [
    'an unsafe call is cancelled when the caller interrupts',
    callMachine.provide({ guards: { onlyReads: yes } }),
    ['the caller asks to charge', 'the caller interrupts'],
    { tool: 'charge', ends: 'cancelled, unknown', ended: 1 },
  ],
])('the model of a conversation notices that %s', async (_, broken, events, seen) => {
  const [path] = modelOf(conversationSeenFromOutside).getPathsFromEvents(events.map((type) => ({ type })))
  const conversation = conversationMachine.provide({ actors: { call: broken } })
  const driver = await ConversationDriver.open({ ...productionDependencies(), conversation })
  await expect(path?.test(driver)).rejects.toMatchObject({ actual: seen })
})
