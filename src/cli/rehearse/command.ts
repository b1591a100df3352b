import { Command, InvalidArgumentError, Option } from 'commander'
import {
  configOption,
  jsonLinesOption,
  type Model,
  modelOption,
  models,
  recordOption,
  watchOption,
} from '../common-options.ts'
import type { Ended } from '../failure.ts'
import { helpText, interrupted, wrongInput } from '../help.ts'
import { within } from '../values.ts'
import type { Request, Strike } from './options.ts'

interface ParsedOptions {
  kill?: Strike[]
  json?: boolean
  out: string
  record?: string
  config?: string
  agent?: string
  watch?: boolean
  model: Model
  speed: number
  port?: number
}

const help = helpText({
  before:
    'The call of four requests is one for the two examples: without --config it takes them, also where there is an mcp.json.',
  exitCodes: {
    0: 'each request was understood, and answered unless --kill struck it',
    1: 'something did not',
    2: wrongInput,
    130: interrupted,
  },
  examples: [
    'rehearse',
    'rehearse --say "search the web for state machines" --kill web@1',
    'rehearse --config mcp.json --type "search the web for voice agents" --json',
    'rehearse --agent agent.mjs --say "free tables tomorrow" --kill tables@1',
  ],
})

export function rehearseCommand(ended: Ended): Command {
  // One list for the three ways to ask, so that their order is kept.
  const requests: Request[] = []
  const ask = (kind: Request['kind']) => (value: string) => {
    if (value.trim() === '') throw new InvalidArgumentError('It is empty.')
    requests.push({ kind, value })
    return value
  }
  return new Command('rehearse')
    .summary('Place one spoken call without a key or a network')
    .description(
      'Place one spoken call without a key or a network: a synthesised caller, a LiveKit agent, and the MCP servers of a configuration. Without --say, --wav or --type it is a call of four requests to the examples, in the third of which a server is killed; with --config or --agent the caller asks for the first functions that only read.',
    )
    .option('--say <text>', 'what the caller says next (may be given several times)', ask('say'))
    .option('--wav <file>', 'a recording of what the caller says next', ask('wav'))
    .option('--type <text>', 'what is typed next, past the ears', ask('type'))
    .option(
      '--kill <name@turn>',
      'kill that server (SIGKILL) when a call of that turn goes out to it; turns count from 1',
      (value: string, earlier: Strike[] = []) => [...earlier, parseStrike(value)],
    )
    .option(...configOption)
    .option(
      '--agent <file>',
      'your own agent file in place of ours (`defineSwitchboardAgent`, with its own servers, or a function that makes an agent)',
    )
    .option(...watchOption)
    .option(
      '--out <file>',
      'the recording of both voices; mail and drafts go beside it',
      'rehearsal/call.wav',
    )
    .option(...recordOption)
    .addOption(new Option(...modelOption).choices(models).default('rehearsal'))
    .option('--speed <factor>', 'how much faster than real time the sound flows', speedValue, 2)
    .option('--port <number>', 'port of the rehearsal endpoint (default: any free one)', ownPort)
    .option(...jsonLinesOption)
    .addHelpText('after', help)
    .action(async (parsed: ParsedOptions) => {
      const { kill = [], json = false, watch = false, port = 0 } = parsed
      const { config, agent, record, out, model, speed } = parsed
      const { rehearse } = await import('./run.ts')
      const exitCode = await rehearse({
        ...{ requests, strikes: kill, json, watch, out, model, speed, port },
        ...{ configFile: config, agentFile: agent, recordTo: record },
      })
      ended(exitCode)
    })
}

function parseStrike(value: string): Strike {
  const match = /^(.+)@([1-9]\d*)$/.exec(value)
  if (!match?.[1]) throw new InvalidArgumentError('Write the name of a server and a turn, such as mail@3.')
  return { server: match[1], turn: Number(match[2]) }
}

function speedValue(value: string): number {
  return within(value, 0, 50, 'Give a number above 0, up to 50.', (number) => number > 0)
}

function ownPort(value: string): number {
  return within(value, 1, 65_535, 'Give a port from 1 to 65535.', Number.isInteger)
}
