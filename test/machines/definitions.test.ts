import { expect, test } from 'vitest'

// Loaded by the tests themselves: what throws while it is defined fails here by name.
test.each([
  ['call', async () => (await import('../../src/machines/call.ts')).callMachine],
  ['conversation', async () => (await import('../../src/machines/conversation.ts')).conversationMachine],
  ['server', async () => (await import('../../src/machines/server.ts')).serverMachine],
  ['supervisor', async () => (await import('../../src/machines/supervisor.ts')).supervisorMachine],
])('the machine “%s” can be defined, and has that name in statecharts', async (name, load) => {
  expect((await load()).id).toBe(name)
})
