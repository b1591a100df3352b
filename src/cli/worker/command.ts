import { Command, Option } from 'commander'
import {
  allowHostOption,
  configOption,
  instructionsOption,
  type Model,
  modelOption,
  models,
} from '../common-options.ts'
import { type Ended, UsageError } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { portValue, secondsFrom, within } from '../values.ts'
import type { WorkerOptions } from './options.ts'

interface ParsedOptions {
  config?: string
  proxy?: string
  proxyTokenFile?: string
  agent?: string
  model?: Model
  agentName?: string
  instructions?: string
  registry?: string
  allowHost?: string[]
  audit?: string
  auditArguments?: boolean
  timeline: WorkerOptions['timeline']
  healthHost: string
  healthPort: number
  idleProcesses: number
  maxLoad: number
  drain: number
}

const help = helpText({
  before: `Environment:
  LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET   the LiveKit server; required
  OPENAI_API_KEY                                     for --model openai
  SWITCHBOARD_PROXY_TOKEN                            for --proxy, unless --proxy-token-file says where it is
  SWITCHBOARD_REGISTRY_KEY                           a key with the role agent, for --registry
  LOG_LEVEL                                          trace, debug, info (default), warn, error, fatal, silent
Each secret of them may be in a file instead, which NAME_FILE names, such as LIVEKIT_API_SECRET_FILE=/run/secrets/livekit.

The log is JSON lines on standard error. SIGTERM and Ctrl+C: no more calls are taken, calls may go on for --drain
seconds, and 6 seconds later at most everything has ended.`,
  exitCodes: { 0: 'after SIGTERM', 1: 'LiveKit cannot be reached', 2: wrongInput, 130: 'after Ctrl+C' },
  examples: ['worker --config mcp.json --agent-name front-desk --health-host 0.0.0.0'],
})

export function workerCommand(ended: Ended): Command {
  return new Command('worker')
    .summary('Take calls from the rooms of a LiveKit server')
    .description(
      'Take calls from the rooms of a LiveKit server: one process for each call, with its own servers of the configuration, or those of a proxy.',
    )
    .option(...configOption)
    .option(
      '--proxy <url>',
      'use the servers of `switchboard proxy`, which have been started once for all calls',
    )
    .option('--proxy-token-file <file>', 'where the token of the proxy is')
    .addOption(new Option(modelOption[0], `${modelOption[1]} (default: rehearsal)`).choices(models))
    .option(...instructionsOption)
    .option('--registry <url>', "where each caller's own servers are kept (see `switchboard registry`)")
    .option(...allowHostOption)
    .option('--agent <file>', 'your own agent file (`defineSwitchboardAgent`), in place of what is above')
    .option(
      '--agent-name <name>',
      'take only what is dispatched to this name (default: LIVEKIT_AGENT_NAME, else every room)',
    )
    .addOption(
      new Option(
        '--timeline <what>',
        'what the room is shown of the calls, topic switchboard.timeline; contents: with arguments, words of progress and results',
      )
        .choices(['off', 'calls', 'contents'])
        .default('calls'),
    )
    .option('--audit <file>', 'add a JSON line for each call to this file; "-" is standard output')
    .option('--audit-arguments', 'with what each call was given')
    .option('--health-port <number>', 'for /livez and /readyz; 0 takes any free one', portValue, 8081)
    .option(
      '--health-host <address>',
      'who may ask: 0.0.0.0 for probes from outside a container',
      '127.0.0.1',
    )
    .option('--idle-processes <number>', 'how many stand ready for the next calls', counted, 1)
    .option('--max-load <share>', 'load of the processors from which no call is taken', share, 0.7)
    .option('--drain <seconds>', 'how long calls may go on after SIGTERM', secondsFrom(0), 3)
    .addHelpText('after', help)
    .action(async (parsed: ParsedOptions) => {
      const options = optionsOf(parsed)
      const { work } = await import('./run.ts')
      ended(await work(options))
    })
}

function optionsOf(parsed: ParsedOptions): WorkerOptions {
  const { proxy, proxyTokenFile } = parsed
  const { config, agent, agentName, instructions, audit, timeline, registry } = parsed
  const { model = 'rehearsal', auditArguments = false } = parsed
  const mine = {
    '--registry': registry,
    '--config': config,
    '--proxy': proxy,
    '--model': parsed.model,
    '--instructions': instructions,
    '--audit': audit,
  }
  const [other] = Object.entries(mine).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (agent !== undefined && other !== undefined) {
    throw new UsageError(`--agent ${agent}: that file decides what ${other} says; give one of them`)
  }
  if (proxy !== undefined && config !== undefined) {
    throw new UsageError('--config: the servers are those of the proxy; give --config to `switchboard proxy`')
  }
  if (proxyTokenFile !== undefined && proxy === undefined) {
    throw new UsageError('--proxy-token-file: there is no proxy; add --proxy URL')
  }
  if (auditArguments && audit === undefined) {
    throw new UsageError('--audit-arguments: there is no audit; add --audit FILE')
  }
  return {
    ...{ configFile: config, proxyUrl: proxy, proxyTokenFile, agentFile: agent, agentName, instructions },
    ...{ audit, auditArguments, timeline, model, registryUrl: registry, allowHosts: parsed.allowHost ?? [] },
    ...{ healthHost: parsed.healthHost, healthPort: parsed.healthPort },
    ...{ idleProcesses: parsed.idleProcesses, maxLoad: parsed.maxLoad, drainSeconds: parsed.drain },
  }
}

function counted(value: string): number {
  return within(value, 1, 64, 'Give a whole number from 1 to 64.', Number.isInteger)
}

function share(value: string): number {
  return within(value, 0.01, 1, 'Give a number from 0.01 to 1.')
}
