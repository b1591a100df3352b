import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { openEndpoint, startCall } from './call.ts'

test('a model reads what a real server answered, and that nobody knows when it died in the call', async () => {
  const server = new TestServer('--only', 'charge')
  const { switchboard } = await openReady({ shop: server.stdio() })
  const conversation = switchboard.conversation()
  const endpoint = await openEndpoint()
  const { session } = await startCall(conversation, endpoint.url)

  endpoint.scripted.push({ name: 'charge', arguments: '{"amount":5}' })
  session.generateReply({ userInput: 'charge five' })
  await endpoint.until(() => endpoint.outputs.length === 1)
  await session.waitForIdle()

  endpoint.scripted.push({ name: 'charge', arguments: '{"amount":6,"until":"never"}' })
  session.generateReply({ userInput: 'charge six' })
  await until(() => server.runs('charge').started === 2, 'the second charge starts')
  for (const { pid } of switchboard.servers) if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await endpoint.until(() => endpoint.outputs.length === 2)

  expect(endpoint.outputs).toEqual([
    { result: expect.stringMatching(/^charged 5 by/) },
    {
      error: {
        code: 'connection_lost',
        effect: 'unknown',
        message: expect.stringContaining('I do not know'),
      },
    },
  ])
})
