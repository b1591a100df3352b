import { expect, test } from 'vitest'

/** XState refuses a machine when it is made: then no file that imports it has any test, and none of them fails. */
test.each([
  ['server', async () => (await import('../../src/machines/server.ts')).serverMachine],
  ['supervisor', async () => (await import('../../src/machines/supervisor.ts')).supervisorMachine],
  ['call', async () => (await import('../../src/machines/call.ts')).callMachine],
  ['conversation', async () => (await import('../../src/machines/conversation.ts')).conversationMachine],
])('the %s machine has its name, and every state that it begins in or goes to', async (id, load) => {
  expect(await load()).toMatchObject({ id })
})
