import { initializeLogger, llm, voice } from '@livekit/agents'
import { expect, onTestFinished, test } from 'vitest'
import { createMCPToolset, createRealtimeModel, startVoiceSession } from '../../src/agent/index.ts'
import { startRehearsal } from '../../src/rehearsal/index.ts'
import { functionInfo, TestConversation } from '../agent/conversation.ts'

initializeLogger({ pretty: false, level: 'silent' })

test('the rehearsal refuses what OpenAI refuses, and forgets to answer: the agent keeps all other tools', async () => {
  let silences = 3
  const rehearsal = await startRehearsal({
    loses: ({ type }) => type === 'session.updated' && silences-- > 0,
  })
  onTestFinished(() => rehearsal.close())
  const own = llm.tool({
    name: 'own tool',
    description: 'A tool of the application, with a name that is refused.',
    execute: async () => 'done',
  })
  const toolset = createMCPToolset(new TestConversation([functionInfo('a'), functionInfo('b')]))
  const agent = new voice.Agent({ instructions: 'Be brief.', tools: [own, toolset] })
  const problems: string[] = []
  const { close } = await startVoiceSession({
    agent,
    model: createRealtimeModel({
      provider: 'rehearsal',
      baseURL: rehearsal.url,
      confirmToolsWithinMs: 200,
    }),
    onProblem: ({ message }) => problems.push(message),
  })
  onTestFinished(close)
  await toolset.whenConfirmed()
  const words =
    "Invalid 'session.tools[0].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
  expect(silences).toBeLessThan(0)
  expect(problems).toContain(`the tool own tool is not offered to the model: it was refused: ${words}`)
  expect(problems).toContain('the model has not confirmed the list of functions, and is told again')
})
