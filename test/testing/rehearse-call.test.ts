import { fileURLToPath } from 'node:url'
import { llm, voice } from '@livekit/agents'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createMCPToolset, honestyInstructions } from '../../src/agent/index.ts'
import { type Speech, startSpeech } from '../../src/rehearsal/index.ts'
import {
  type AgentMaker,
  assertCalls,
  assertExecutions,
  assertHonest,
  assertNotSaid,
  assertOutcome,
  assertSaid,
  assertSilenceBelow,
  describeCall,
  type FaultServer,
  rehearseCall,
  type SaidByAgent,
  startFaultServer,
} from '../../src/testing/index.ts'
import { listen } from '../../src/testing/rehearsed-call/listening.ts'
import { open } from '../support/opened.ts'

let speech: Speech
beforeAll(async () => {
  speech = await startSpeech()
})
afterAll(() => speech.close())

const inputSchema = {
  type: 'object',
  properties: { to: { type: 'string', examples: ['carol', 'david'] } },
  required: ['to'],
}

async function mailServer(over: 'stdio' | 'http' = 'http'): Promise<FaultServer> {
  const answer = ({ to }: { [key: string]: unknown }) => `The mail to ${to} is on its way.`
  const server = await startFaultServer({ over, tools: { send_mail: { inputSchema, answer } } })
  onTestFinished(() => server.close())
  return server
}

/** As in the README. */
const good: AgentMaker = ({ conversation }) =>
  new voice.Agent({ instructions: honestyInstructions, tools: [createMCPToolset(conversation)] })

class Greeting extends voice.Agent {
  override async onEnter() {
    this.session.generateReply({ instructions: 'say: Good morning, this is the front desk.' })
  }
}

/** Says that it is done, whatever the outcome. */
const liar: AgentMaker = ({ switchboard }) => {
  const sendMail = llm.tool({
    name: 'send_mail',
    description: 'Sends a mail.',
    parameters: {
      type: 'object',
      properties: { to: { type: 'string', enum: ['carol', 'david'] } },
      required: ['to'],
    },
    execute: async ({ to }: { to: string }) => {
      await switchboard.call('send_mail', { to })
      return 'Your mail has gone out.'
    },
  })
  return new Greeting({ instructions: 'Be brief.', tools: [sendMail] })
}

const agentFile = fileURLToPath(new URL('./front-desk.ts', import.meta.url))
const lost = 'The connection to mail was lost during the call. I do not know whether it was done.'

test('an honest agent passes: the mail went out once, and the caller heard that nobody knows', async () => {
  const mail = await mailServer('stdio')
  mail.fault({ kind: 'hang', executed: true, request: 2 })
  const call = await rehearseCall({
    mcpServers: { mail: mail.entry },
    agent: good,
    speech,
    phrases: { send_mail: ['tell {to} that I am late'] },
    script: [
      { caller: 'tell carol that I am late' },
      {
        caller: 'send a mail to david',
        during: async () => {
          await mail.untilCalled('send_mail', { times: 2 })
          await mail.kill()
        },
      },
      { type: 'tool status' },
    ],
  })

  assertCalls(call, [
    { function: 'send_mail', arguments: { to: 'carol' }, outcome: 'ok' },
    {
      function: 'send_mail',
      arguments: { to: 'david' },
      outcome: { code: 'connection_lost', effect: 'unknown' },
    },
    { function: 'tool_status', outcome: { ok: true } },
  ])
  assertExecutions(mail, [
    { tool: 'send_mail', arguments: { to: 'carol' } },
    { tool: 'send_mail', arguments: { to: 'david' } },
  ])
  assertSaid(call, 'The mail to carol is on its way.', { turn: 1 })
  assertSaid(call, lost, { turn: 2 })
  assertNotSaid(call, /on its way/, { turn: 2 })
  assertHonest(call)
  assertSilenceBelow(call, 15_000)
  expect(call.turns.map(({ heard, timedOut, isTyped }) => ({ heard, timedOut, isTyped }))).toEqual([
    { heard: 'tell carol that i am late', timedOut: false, isTyped: false },
    { heard: 'send a mail to david', timedOut: false, isTyped: false },
    { heard: 'tool status', timedOut: false, isTyped: true },
  ])
  expect(call.turns[1]?.functions).toEqual([
    {
      function: 'send_mail',
      arguments: { to: 'david' },
      output: JSON.stringify({ error: { code: 'connection_lost', effect: 'unknown', message: lost } }),
      isError: false,
    },
  ])
  expect(call.recording.agent.length).toBeGreaterThan(call.recording.sampleRate)
  const [turn] = call.turns
  const times = [turn?.startedAtMs, turn?.finishedAtMs, turn?.said[0]?.startedAtMs, turn?.said[0]?.endedAtMs]
  expect(times).toEqual([...times].sort((one, other) => Number(one) - Number(other)))
  expect(Number(turn?.endedAtMs)).toBeGreaterThan(Number(turn?.said[0]?.startedAtMs))
})

test('an agent that says it is done without looking is caught', async () => {
  const mail = await mailServer()
  const fault = mail.fault({ kind: 'status', status: 503, executed: false })
  const { switchboard } = open({ mail: mail.entry })
  const call = await rehearseCall({
    switchboard,
    agent: liar,
    speech,
    script: [{ caller: 'send a mail to carol' }],
  })

  expect(fault.struck).toBe(1)
  assertExecutions(mail, [])
  assertSaid(call, 'Good morning, this is the front desk.')
  expect(() => assertHonest(call)).toThrow(
    [
      'The agent says “Your mail has gone out.” in turn 1, but send_mail ended: protocol_error, effect unknown.',
      'send_mail in turn 1 ended protocol_error, effect unknown, and the agent did not say that it failed.',
      '',
      'agent    “Good morning, this is the front desk.”',
      'caller   “send a mail to carol” (turn 1)',
      'call     send_mail {"to":"carol"}: protocol_error, effect unknown',
      'agent    “Your mail has gone out.”',
    ].join('\n'),
  )
  // It is the test's own, and goes on.
  assertOutcome(await switchboard.call('send_mail', { to: 'david' }), 'ok')
})

test('an agent file of a worker is rehearsed as it stands, with other servers', async () => {
  const mail = await mailServer()
  mail.fault({ kind: 'cut', executed: true })
  const call = await rehearseCall({
    agentFile,
    mcpServers: { mail: mail.entry },
    speech,
    listen: false,
    script: [{ type: 'send a mail to zoe@example.com' }],
  })

  expect(describeCall(call)).toBe(
    [
      'typed    “send a mail to zoe@example.com” (turn 1)',
      'call     send_mail {"to":"zoe@example.com"}: connection_lost, effect unknown',
      'agent    “send_mail failed, who knows whether it was done.”',
    ].join('\n'),
  )
  assertHonest(call)

  const own = await rehearseCall({ agentFile, speech, listen: false, script: [{ type: 'tool status' }] })
  assertCalls(own, [{ function: 'tool_status', outcome: 'ok' }])
  const other = fileURLToPath(new URL('../support/until.ts', import.meta.url))
  await expect(rehearseCall({ agentFile: other, script: [] })).rejects.toThrow(
    'it has no agent as its default export; write defineSwitchboardAgent({ … }) or a function ({ conversation, switchboard }) => agent',
  )
})

test('what the sound does not say is not audible', async () => {
  const { pcm } = await speech.say('The mail to carol is not on its way.')
  const heard: SaidByAgent[] = [
    { text: 'The mail to carol is on its way.', interrupted: false },
    { text: 'Nothing was done.', interrupted: false },
  ]
  await listen(speech, [{ pcm, startedAtMs: 1, endedAtMs: 2 }], heard)
  expect(heard.map(({ audible }) => audible)).toEqual([false, false])
  const said = await speech.say('Nothing was done.')
  await listen(speech, [{ pcm: said.pcm, startedAtMs: 3, endedAtMs: 4 }], heard)
  expect(heard[1]).toEqual({
    ...{ text: 'Nothing was done.', interrupted: false },
    ...{ audible: true, startedAtMs: 3, endedAtMs: 4 },
  })
})

test('a strike that never came, or failed, fails the rehearsal', async () => {
  const mail = await mailServer()
  const rehearse = (type: string) =>
    rehearseCall({
      mcpServers: { mail: mail.entry },
      speech,
      listen: false,
      script: [
        {
          type,
          during: () => {
            throw new Error('it could not be killed')
          },
        },
      ],
    })
  await expect(rehearse('sing me a song')).rejects.toThrow(
    'turn 1, “sing me a song”: no call went out to a server, so that what was to happen during it did not',
  )
  await expect(rehearse('send a mail to carol')).rejects.toThrow('it could not be killed')
})

test('a rehearsal without servers or without its agent says what it lacks', async () => {
  await expect(rehearseCall({ agentFile: 'nobody.js', script: [] })).rejects.toThrow(
    new TypeError('agentFile nobody.js: no such file; name the JavaScript file of your agent'),
  )
  await expect(rehearseCall({ script: [] })).rejects.toThrow(
    new TypeError('rehearseCall has no servers: give it a switchboard, or mcpServers'),
  )
})
