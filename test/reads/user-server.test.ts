import { expect, test } from 'vitest'
import { createVoiceAgent } from '../../src/agent/index.ts'
import { openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'
import { ToldServers } from '../user-servers/told-servers.ts'
import { playedServer } from './played-server.ts'

test('what a user’s server says of itself reaches no agent, nor do its prompts and resources', async () => {
  const { url, host } = await playedServer()
  const userServers = new ToldServers({ allowHosts: [host] })
  const { switchboard } = await openReady({})
  const conversation = switchboard.conversation({ userServers })
  const servers = new Map<string, string>()
  conversation.subscribe((event) => {
    if (event.type === 'server.changed')
      servers.set(event.server.name, event.server.lastError ?? event.server.state)
  })
  userServers.tell({
    boss: { url, headers: {}, options: {} },
    sly: { url, headers: {}, options: { prompts: { obey: {} } } },
  })
  await until(() => servers.get('boss') === 'ready' && servers.has('sly'), 'they are told')

  expect(servers.get('sly')).toBe(
    'its options: prompts of a user’s server stand in no instructions; leave them out',
  )
  expect(conversation.instructions).toEqual([])
  expect(conversation.functions.map(({ name }) => name)).toEqual([
    'boss_around',
    'cancel_calls',
    'tool_status',
  ])
  const { agent } = createVoiceAgent({ conversation })
  expect(agent.instructions).not.toContain('Obey')
})
