import { once } from 'node:events'
import { llm, voice } from '@livekit/agents'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  createMCPToolset,
  createRealtimeModel,
  createVoiceAgent,
  RealtimeSession,
  startVoiceSession,
} from '../../src/agent/index.ts'
import type { FunctionInfo } from '../../src/contract/protocol.ts'
import { RequestError } from '../../src/rehearsal/endpoint/wire.ts'
import { openEndpoint, startCall } from './call.ts'
import { answered, functionInfo, TestConversation } from './conversation.ts'
import type { PushedTool, RealtimeEndpoint } from './realtime-endpoint.ts'

async function endpointFor(prepare: (endpoint: RealtimeEndpoint) => void = () => {}) {
  const endpoint = await openEndpoint()
  prepare(endpoint)
  return endpoint
}

/** An agent with these functions on this endpoint, and what it reported. */
async function talkTo(endpoint: RealtimeEndpoint, functions: FunctionInfo[], confirmToolsWithinMs = 5_000) {
  const conversation = new TestConversation(functions, { search: () => answered('three pages') })
  const reported: string[] = []
  const problems: string[] = []
  const call = await startCall(conversation, endpoint.url, {
    toolset: { debounceMs: 1, onProblem: (message) => reported.push(message) },
    onProblem: ({ message }) => problems.push(message),
    confirmToolsWithinMs,
  })
  const rt = call.agent.getActivityOrThrow().realtimeLLMSession
  if (!(rt instanceof RealtimeSession)) throw new Error('another session')
  return { ...call, conversation, rt, reported, problems }
}

/** Refuses lists with these tools, as OpenAI does; `says` decides whether it tells which. */
function refusing(names: string[], says = true): (tools: PushedTool[]) => void {
  return (tools) => {
    const at = tools.findIndex(({ name }) => names.includes(name))
    if (at >= 0)
      throw new RequestError(
        'invalid_value',
        'No such tool.',
        says ? `session.tools[${at}].parameters` : null,
      )
  }
}

const functions = (...names: string[]) => names.map((name) => functionInfo(name))

describe('a list that the model takes', () => {
  test('is known to be taken, and so is each change, from the moment that it happens', async () => {
    const endpoint = await endpointFor()
    const { conversation, toolset, rt } = await talkTo(endpoint, functions('a'))
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['a'])
    conversation.setFunctions(functions('a', 'b'))
    expect(toolset.confirmed).toBe(false)
    await toolset.whenConfirmed()
    expect([toolset.confirmed, rt.toolsConfirmed]).toEqual([true, true])
    expect(endpoint.tools).toEqual(['a', 'b'])
    expect(Object.keys(rt.tools.functionTools)).toEqual(['a', 'b'])
    expect(endpoint.toolLists).toEqual([['a'], ['a', 'b']])
  })

  test('is told again until it is confirmed, and the newest is what counts', async () => {
    // The settings, the instructions and the first list.
    const endpoint = await endpointFor((one) => {
      one.silences = 3
    })
    const { conversation, toolset, problems } = await talkTo(endpoint, functions('a'), 200)
    await endpoint.until(() => endpoint.toolLists.length === 1)
    conversation.setFunctions(functions('b'))
    endpoint.silences += 1
    await toolset.whenConfirmed()
    expect(endpoint.toolLists).toEqual([['a'], ['b'], ['b']])
    expect(problems).toEqual(['the model has not confirmed the list of functions, and is told again'])
  })

  test('is told again if it was taken without a word, and is another by then', async () => {
    const endpoint = await endpointFor()
    const { conversation, toolset } = await talkTo(endpoint, functions('a'), 200)
    await toolset.whenConfirmed()
    endpoint.silences = 1
    conversation.setFunctions(functions('a', 'b'))
    await endpoint.until(() => endpoint.tools.length === 2)
    conversation.setFunctions(functions('a'))
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['a'])
  })

  test('is told again after a failure of the endpoint, and no tool is blamed', async () => {
    let failures = 2
    const endpoint = await endpointFor((one) => {
      one.check = () => {
        failures -= 1
        if (failures >= 0) throw new Error('The server had an error.')
      }
    })
    const { toolset, reported, problems } = await talkTo(endpoint, functions('a', 'b'), 200)
    await toolset.whenConfirmed()
    expect(endpoint.toolLists).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(reported).toEqual([])
    expect(problems).toContain(
      'the model did not take the list of functions, and is told again: The server had an error.',
    )
  })

  test('that nobody took when the session ended is an error for who waits', async () => {
    const endpoint = await endpointFor((one) => {
      one.silences = 1_000
    })
    const { toolset, rt, close } = await talkTo(endpoint, functions('a'))
    const waiting = Promise.allSettled([toolset.whenConfirmed(), rt.whenToolsConfirmed()])
    await close()
    expect(await waiting).toMatchObject([
      { reason: { message: 'the session with the model has ended' } },
      { reason: { message: 'the session with the model has ended' } },
    ])
  })
})

test('a change during a turn that has fewer tools outlives the turn', async () => {
  const endpoint = await endpointFor()
  const { conversation, toolset, rt } = await talkTo(endpoint, functions('a', 'b'))
  await toolset.whenConfirmed()
  // What the framework does for a reply on entering, if a tool is not for that.
  const before = rt.tools
  await rt.updateTools(new llm.ToolContext(before.flatten().filter(llm.isFunctionTool).slice(1)))
  conversation.setFunctions(functions('a', 'c'))
  await toolset.whenConfirmed()
  await rt.updateTools(before)
  await toolset.whenConfirmed()
  expect(endpoint.tools).toEqual(['a', 'c'])
})

describe('a list that the model refuses', () => {
  test.each([
    ['says which tool', true],
    ['does not say which tool', false],
  ])('because of one tool keeps the others, if it %s', async (_, says) => {
    const endpoint = await endpointFor((one) => {
      one.check = refusing(['bad'], says)
    })
    const { conversation, toolset, rt, session, reported } = await talkTo(
      endpoint,
      functions('a', 'bad', 'search', 'b'),
    )
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['a', 'search', 'b'])
    expect(Object.keys(rt.tools.functionTools)).toEqual(['a', 'search', 'b'])
    expect(reported).toEqual([
      'the function bad of test is not offered to the model: it was refused: No such tool.',
    ])
    endpoint.scripted.push({ name: 'search', arguments: '{}' })
    session.generateReply({ userInput: 'search' })
    await endpoint.until(() => endpoint.outputs.length === 1)
    expect(endpoint.outputs).toEqual([{ result: 'three pages' }])

    // Another change leaves it alone; its own change is worth a try.
    conversation.setFunctions(functions('bad', 'c'))
    await toolset.whenConfirmed()
    expect(endpoint.toolLists.at(-1)).toEqual(['c'])
    endpoint.check = () => {}
    conversation.setFunctions([functionInfo('bad', {}, 'Mended'), functionInfo('c')])
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['bad', 'c'])
    expect(reported).toHaveLength(1)
  })

  test('never takes from the model what it has, while the one to blame is looked for', async () => {
    const had: string[][] = []
    const endpoint = await endpointFor()
    const { conversation, toolset, reported } = await talkTo(endpoint, functions('a', 'b'))
    await toolset.whenConfirmed()
    const check = refusing(['bad', 'worse'], false)
    endpoint.check = (tools) => {
      had.push(endpoint.tools)
      check(tools)
    }
    conversation.setFunctions(functions('a', 'b', 'c', 'bad', 'd', 'e', 'worse'))
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(had.filter((tools) => !tools.includes('a') || !tools.includes('b'))).toEqual([])
    expect(reported).toHaveLength(2)
  })

  test('whatever it is, blames no tool', async () => {
    const endpoint = await endpointFor()
    const { conversation, toolset, reported, problems } = await talkTo(endpoint, functions('a', 'b'), 200)
    await toolset.whenConfirmed()
    let refusals = 0
    endpoint.check = () => {
      refusals += 1
      throw new RequestError('invalid_value', 'Nothing at all.')
    }
    conversation.setFunctions(functions('b', 'c'))
    await endpoint.until(() => refusals === 2)
    endpoint.check = () => {}
    await toolset.whenConfirmed()
    expect(endpoint.tools).toEqual(['b', 'c'])
    expect(reported).toEqual([])
    expect(problems).toContain(
      'the model did not take the list of functions, and is told again: Nothing at all.',
    )
  })
})

test('what would be refused is left out before, and reported by default as a warning, once', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const text = { ...functionInfo('text'), servers: ['shop'], inputSchema: { type: 'string' } }
  const conversation = new TestConversation([functionInfo('a'), text])
  const toolset = createMCPToolset(conversation, { debounceMs: 1 })
  const pushed = new Promise<void>((resolve) => {
    void toolset.setup({ updateTools: () => resolve() })
  })
  conversation.setFunctions([functionInfo('a'), text, functionInfo('b')])
  await pushed
  await toolset.aclose()
  expect(toolset.tools.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(warned.mock.calls).toEqual([
    [
      'the function text of shop is not offered to the model: its arguments are not an object',
      'SwitchboardWarning',
    ],
  ])
})

test('with a model that reads the list at each turn there is nothing to confirm', async () => {
  const { agent, toolset } = createVoiceAgent({ conversation: new TestConversation(functions('a')) })
  const session = new voice.AgentSession({ llm: new voice.testing.FakeLLM([]), vad: null })
  await session.start({ agent })
  await toolset.whenConfirmed()
  expect(toolset.confirmed).toBe(true)
  await session.close()
})

describe('several toolsets', () => {
  test('of one conversation in one agent are one list, whichever hears of a change first', async () => {
    const endpoint = await endpointFor()
    const conversation = new TestConversation(functions('a'), { search: () => answered('three pages') })
    const one = createMCPToolset(conversation, { id: 'one', debounceMs: 1 })
    const other = createMCPToolset(conversation, { id: 'other', debounceMs: 30 })
    const agent = new voice.Agent({ instructions: 'Be brief.', tools: [one, other] })
    const model = createRealtimeModel({ provider: 'rehearsal', baseURL: endpoint.url })
    const { session, close } = await startVoiceSession({ agent, model })
    onTestFinished(close)
    conversation.setFunctions(functions('search', 'b'))
    await Promise.all([one.whenConfirmed(), other.whenConfirmed()])
    expect(endpoint.toolLists).toEqual([['a'], ['search', 'b']])
    endpoint.scripted.push({ name: 'search', arguments: '{}' })
    session.generateReply({ userInput: 'search' })
    await endpoint.until(() => endpoint.outputs.length === 1)
  })

  test('of two agents: the list moves with the call, and no server is stopped', async () => {
    const endpoint = await endpointFor()
    const { conversation, session, toolset } = await talkTo(endpoint, functions('search', 'charge'))
    await toolset.whenConfirmed()
    const theirs = new TestConversation(functions('mail'))
    const next = createMCPToolset(theirs, { debounceMs: 1 })
    session.updateAgent(new voice.Agent({ instructions: 'You are another.', tools: [next] }))
    await endpoint.until(() => endpoint.tools.includes('mail'))
    // The session itself goes on to listen.
    await vi.waitUntil(() => conversation.listenerCount === 1)
    conversation.setFunctions(functions('search'))
    theirs.setFunctions(functions('mail', 'fetch'))
    await next.whenConfirmed()
    expect(endpoint.tools).toEqual(['mail', 'fetch'])
    expect([conversation.ended, theirs.ended]).toEqual([false, false])
    expect(toolset.confirmed).toBe(true)

    // Back to the first: it offers what its conversation has by now.
    const back = createMCPToolset(conversation)
    session.updateAgent(new voice.Agent({ instructions: 'You are the first.', tools: [back] }))
    await endpoint.until(() => endpoint.tools.includes('search'))
    await back.whenConfirmed()
    expect(endpoint.tools).toEqual(['search'])
    expect(theirs.ended).toBe(false)
  })
})

test('a lost connection has the newest list as soon as it is back', async () => {
  const endpoint = await endpointFor()
  const { conversation, toolset, session, problems } = await talkTo(endpoint, functions('a'))
  await toolset.whenConfirmed()
  endpoint.refuseWith = 503
  const lost = once(session, 'error')
  endpoint.dropConnections()
  await lost
  conversation.setFunctions(functions('b'))
  expect(toolset.confirmed).toBe(false)
  endpoint.refuseWith = undefined
  await toolset.whenConfirmed()
  expect(endpoint.tools).toEqual(['b'])
  expect(problems).toEqual([
    `the connection to the Realtime endpoint at ${endpoint.url}/realtime was lost (1006); dialling again`,
  ])
})
