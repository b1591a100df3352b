import { expect, test } from 'vitest'

/**
 * XState refuses a machine when it is made: then no file that imports it has any test, and none of them fails. They are
 * loaded before the first test, so that what they run meanwhile belongs to no test.
 */
const loaded = await Promise.allSettled([
  import('../../src/machines/server.ts').then(({ serverMachine }) => serverMachine.id),
  import('../../src/machines/supervisor.ts').then(({ supervisorMachine }) => supervisorMachine.id),
  import('../../src/machines/call.ts').then(({ callMachine }) => callMachine.id),
  import('../../src/machines/conversation.ts').then(({ conversationMachine }) => conversationMachine.id),
  import('../../src/machines/worker.ts').then(({ workerMachine }) => workerMachine.id),
])

test('every machine has its name, and the states that it begins in and goes to', () => {
  expect(loaded).toEqual(
    ['server', 'supervisor', 'call', 'conversation', 'worker'].map((value) => ({
      status: 'fulfilled',
      value,
    })),
  )
})
